package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Log writes records into files of a directory. One process writes there at a time.
type Log struct {
	dir  string
	most int64 // bytes of one file
	lock *flock.Flock
	name string // of the chain among those of all machines

	mu     sync.Mutex
	file   *os.File
	size   int64
	last   Record
	recent []Record // the last ones, oldest first
}

// mostBytes is how large a file grows before the next one begins.
const mostBytes = 64 << 20

// errInUse says that another process writes there.
var errInUse = errors.New("other processes keep their records there")

// maxChains is how many processes may share a directory.
const maxChains = 99

// Open continues the records in a directory, or begins them. Processes that share it have a chain of
// their own each, in directories with numbers. A line that was cut off when its process was killed is
// taken away: nobody was told that it stands there.
func Open(dir string) (*Log, error) {
	for n := 1; ; n++ {
		l, err := open(filepath.Join(dir, strconv.Itoa(n)), mostBytes)
		if !errors.Is(err, errInUse) || n == maxChains {
			return l, err
		}
	}
}

// Chains returns the directories of the chains in a directory.
func Chains(dir string) ([]string, error) {
	chains, err := filepath.Glob(filepath.Join(dir, "*"))
	slices.SortFunc(chains, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return chains, err
}

func open(dir string, most int64) (_ *Log, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, most: most, lock: flock.New(filepath.Join(dir, "lock")), name: host + ":" + dir}
	if mine, err := l.lock.TryLock(); err != nil || !mine {
		return nil, errors.Join(errInUse, err)
	}
	defer func() {
		if err != nil {
			_ = l.lock.Unlock()
		}
	}()
	names, err := files(dir)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return l, nil
	}
	for i := len(names) - 1; i >= 0 && len(l.recent) < maxRecent; i-- {
		whole, last, err := tail(names[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", names[i], err)
		}
		l.recent = append(last, l.recent...)
		if i == len(names)-1 {
			l.size = whole
		}
	}
	if n := len(l.recent); n > 0 {
		l.last, l.recent = l.recent[n-1], l.recent[max(0, n-maxRecent):]
	}
	newest := names[len(names)-1]
	if err := os.Truncate(newest, l.size); err != nil {
		return nil, err
	}
	l.file, err = os.OpenFile(newest, os.O_WRONLY|os.O_APPEND, 0o600)
	return l, err
}

// tail returns how many bytes of a file are whole lines, and the records in the last of them.
func tail(path string) (whole int64, last []Record, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, nil, err
	}
	from := max(0, info.Size()-2*maxLine)
	b := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(b, from); err != nil {
		return 0, nil, err
	}
	b = b[:bytes.LastIndexByte(b, '\n')+1]
	whole = from + int64(len(b))
	if from > 0 { // somewhere in a line
		b = b[bytes.IndexByte(b, '\n')+1:]
	}
	for line := range bytes.Lines(b) {
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			return 0, nil, fmt.Errorf("a line isn't a record: %w", err)
		}
		last = append(last, r)
	}
	return whole, last, nil
}

// maxRecent is how many records are remembered.
const maxRecent = 1000

// Recent returns a person's last questions among the last thousand of all, newest first, at most limit.
func (l *Log) Recent(person string, limit int) (list []Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range slices.Backward(l.recent) {
		if len(list) == limit {
			break
		}
		if strings.EqualFold(r.Person, person) && r.Query != "" {
			list = append(list, r)
		}
	}
	return list
}

// files returns the paths of a directory's files, oldest first.
func files(dir string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	slices.Sort(names)
	return names, err
}

// Chain names the chain among those of all machines.
func (l *Log) Chain() string { return l.name }

// Write appends a record, whose place and hashes it fills in, and returns it.
func (l *Log) Write(r Record) (Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Seq, r.Prev = l.last.Seq+1, l.last.Hash
	r.At = r.At.UTC().Truncate(time.Millisecond)
	var line []byte
	line, r.Hash = r.line()
	line = append(bytes.TrimSuffix(line, []byte(`"}`)), r.Hash+`"}`...) // it is the last member
	if err := l.turn(r.Seq); err != nil {
		return r, err
	}
	n, err := l.file.Write(append(line, '\n'))
	l.size += int64(n)
	if err != nil {
		if n > 0 { // half a line would break the chain for whoever reads it
			_ = l.file.Truncate(l.size - int64(n))
			l.size -= int64(n)
		}
		return r, err
	}
	l.last = r
	if l.recent = append(l.recent, r); len(l.recent) >= 2*maxRecent {
		l.recent = slices.Clone(l.recent[len(l.recent)-maxRecent:])
	}
	return r, nil
}

// turn begins a file, or the next one when this is full. A file's name has the number of its first
// record.
func (l *Log) turn(first uint64) error {
	if l.file != nil && l.size < l.most {
		return nil
	}
	next, err := os.OpenFile(filepath.Join(l.dir, fmt.Sprintf("audit-%012d.jsonl", first)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if l.file != nil {
		err = l.file.Close()
	}
	l.file, l.size = next, 0
	return err
}

// Close ends writing.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.lock.Unlock()
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
		l.file = nil
	}
	return err
}

// maxLine bounds a record, in bytes.
const maxLine = 1 << 20

// readFile yields the records of a file. A line without an end is being written.
func readFile(path string) func(yield func(Record, error) bool) {
	return func(yield func(Record, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer f.Close()
		in := bufio.NewReaderSize(f, 64<<10)
		for number := 1; ; number++ {
			line, err := line(in)
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(Record{}, fmt.Errorf("line %d: %w", number, err))
				return
			}
			var r Record
			dec := json.NewDecoder(bytes.NewReader(line))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&r); err != nil {
				yield(Record{}, fmt.Errorf("line %d isn't a record: %w", number, err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func line(in *bufio.Reader) ([]byte, error) {
	var all []byte
	for {
		part, err := in.ReadSlice('\n')
		all = append(all, part...)
		switch {
		case len(all) > maxLine:
			return nil, errors.New("it is too long")
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		}
		return all, err
	}
}
