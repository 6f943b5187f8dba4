package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Log writes records into files of a directory. It is safe for concurrent use. One process writes to a
// chain at a time.
type Log struct {
	dir      string
	most     int64 // bytes of one file
	lock     *flock.Flock
	name     string // of the chain among those of all machines
	warnings []string

	mu     sync.Mutex
	file   *os.File // nil when the next record begins a file
	size   int64
	last   Record
	recent []Record // the last ones, oldest first
	gap    string   // what the next record has to say is missing; "" for nothing
	lost   int      // records that couldn't be written since the last one
}

// mostBytes is how large a file grows before the next one begins.
const mostBytes = 64 << 20

// errInUse is returned for a chain that another process writes to.
var errInUse = errors.New("other processes keep their records there")

// maxChains is how many processes may share a directory.
const maxChains = 99

// Open continues the records in a directory, or begins them. Processes that share it have a chain of
// their own each, in directories with numbers. A line that was cut off when its process was killed is
// removed: nobody was told that the record exists. Any other damage stays where it is: see Warnings.
func Open(dir string) (*Log, error) {
	for n := 1; ; n++ {
		l, err := open(filepath.Join(dir, strconv.Itoa(n)), mostBytes)
		if err == nil {
			l.warnings = append(l.warnings, unsafePlaces(dir, l.dir)...)
		}
		if !errors.Is(err, errInUse) || n == maxChains {
			return l, err
		}
	}
}

// unsafePlaces says which directories somebody else may have put in place or may write to.
func unsafePlaces(dirs ...string) (list []string) {
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		switch {
		case err != nil:
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := filepath.EvalSymlinks(dir)
			list = append(list, fmt.Sprintf("the audit records are in %s, since %s is a symbolic link; replace it by a directory, or set data-dir to where it leads", target, dir))
		case info.Mode().Perm()&0o022 != 0:
			list = append(list, fmt.Sprintf("other users can write to the audit records in %s; run chmod go-w on it", dir))
		}
	}
	return list
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
	switch mine, err := l.lock.TryLock(); {
	case err != nil:
		return nil, err
	case !mine:
		return nil, errInUse
	}
	if err := l.resume(); err != nil {
		return nil, errors.Join(err, l.lock.Unlock())
	}
	if l.gap != "" {
		l.warnings = append(l.warnings, fmt.Sprintf("the audit records in %s are damaged: %s; new records go to a new file, compare the damaged one with a copy", dir, l.gap))
		if err := l.writeGap(); err != nil { // the next record tries again
			l.warnings = append(l.warnings, fmt.Sprintf("can't write audit records to %s: %v", dir, err))
		}
	}
	return l, nil
}

// maxRecent is how many records are kept in memory.
const maxRecent = 1000

// resumeBytes is how much of the end of a file is read first.
const resumeBytes = 2 << 20

// resume finds the last record and continues its file, unless that is damaged.
func (l *Log) resume() error {
	names, err := files(l.dir)
	if err != nil || len(names) == 0 {
		return err
	}
	newest := len(names) - 1
	for i := newest; i >= 0 && len(l.recent) < maxRecent; i-- {
		records, c, damage := tail(names[i])
		if i == newest {
			records = l.settle(names[i], records, c, damage)
		}
		l.recent = append(records, l.recent...)
	}
	if n := len(l.recent); n > 0 {
		l.last, l.recent = l.recent[n-1], slices.Clone(l.recent[max(0, n-maxRecent):])
	}
	return nil
}

// tail returns the last records of a file, and the last damage among them.
func tail(path string) (records []Record, c content, damage *Break) {
	read := func(offset int64) {
		records, damage = nil, nil
		chain := links{inside: true}
		c = scan(path, offset, func(r Record, b *Break) bool {
			if b != nil {
				damage, chain.broken = b, true
				return true
			}
			if reason := chain.follow(r); reason != "" {
				damage = &Break{File: filepath.Base(path), Reason: reason}
			}
			if records = append(records, r); len(records) == 2*maxRecent {
				records = slices.Clone(records[maxRecent:])
			}
			return true
		})
	}
	if info, err := os.Lstat(path); err == nil && info.Size() > resumeBytes {
		read(info.Size() - resumeBytes)
	}
	if len(records) == 0 { // all of the end is one line, or the file is short
		read(0)
	}
	return records, c, damage
}

// settle opens the newest file to continue it, or notes what is wrong with it. It returns its records.
func (l *Log) settle(path string, records []Record, c content, damage *Break) []Record {
	wrong := func(err error) []Record {
		l.gap = err.Error()
		return records
	}
	if damage != nil {
		return wrong(damage)
	}
	ending := ""
	if len(c.rest) > 0 {
		const begin = `{"seq":`
		r, err := decode(c.rest)
		switch {
		case err == nil: // only its line break is missing
			records, ending = append(records, r), "\n"
			c.whole += int64(len(c.rest))
		case errors.Is(err, errChanged), !bytes.HasPrefix(c.rest, []byte(begin)[:min(len(begin), len(c.rest))]):
			return wrong(&Break{File: filepath.Base(path), Reason: "the last line isn't a record"})
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return wrong(err)
	}
	err = f.Truncate(c.whole)
	if err == nil {
		_, err = f.WriteString(ending)
	}
	if err != nil {
		return wrong(errors.Join(err, f.Close()))
	}
	l.file, l.size = f, c.whole+int64(len(ending))
	return records
}

// Warnings returns what was found to be wrong when the log was opened. Records are written all the same.
func (l *Log) Warnings() []string { return l.warnings }

// Chain names the chain among those of all machines.
func (l *Log) Chain() string { return l.name }

// Recent returns a person's last queries among the last thousand of all, newest first, at most limit.
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

// Write appends a record within its limits, and returns it with its number and hashes. When it fails,
// the record is lost; the next one that can be written is preceded by one that says so.
func (l *Log) Write(r Record) (Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.check()
	err := l.writeGap()
	if err == nil {
		r, err = l.append(r)
	}
	if err != nil {
		l.lost++
	}
	return r, err
}

// writeGap writes a record that says what is damaged or missing in front of it, if anything is.
func (l *Log) writeGap() error {
	var why []string
	if l.gap != "" {
		why = append(why, l.gap)
	}
	if l.lost > 0 {
		why = append(why, fmt.Sprintf("%d records couldn't be written", l.lost))
	}
	if len(why) == 0 {
		return nil
	}
	why = append(why, fmt.Sprintf("the record before is %d", l.last.Seq))
	if _, err := l.append(Record{At: time.Now(), Outcome: Gap, Why: strings.Join(why, "; ")}); err != nil {
		return err
	}
	l.lost, l.gap = 0, ""
	return nil
}

// check closes the file if it was removed or replaced; the next record begins another. The caller must hold mu.
func (l *Log) check() {
	if l.file == nil {
		return
	}
	open, err := l.file.Stat()
	if err == nil {
		var there os.FileInfo
		if there, err = os.Lstat(l.file.Name()); err == nil && os.SameFile(open, there) {
			return
		}
	}
	l.leave("the file was removed or replaced")
}

// leave ends writing to the file; the next record begins another and names the reason.
func (l *Log) leave(reason string) {
	l.gap = (&Break{File: filepath.Base(l.file.Name()), Reason: reason}).Error()
	_ = l.file.Close()
	l.file = nil
}

// append writes a record. The caller must hold mu.
func (l *Log) append(r Record) (Record, error) {
	r = r.bounded()
	r.Seq, r.Prev = l.last.Seq+1, l.last.Hash
	line, err := r.encode()
	if err != nil {
		return r, err
	}
	if err := l.turn(r.Seq); err != nil {
		return r, err
	}
	n, err := l.file.Write(line)
	if err != nil {
		if n > 0 && l.file.Truncate(l.size) != nil { // half a line would break the chain
			l.leave("the last line is cut off")
		}
		return r, err
	}
	l.size += int64(n)
	l.last = r
	if l.recent = append(l.recent, r); len(l.recent) >= 2*maxRecent {
		l.recent = slices.Clone(l.recent[len(l.recent)-maxRecent:])
	}
	return r, nil
}

// turn begins a file, or the next one when this is full. A file's name has the number of its first
// record; behind damage, where that name may be taken, a further number.
func (l *Log) turn(first uint64) error {
	if l.file != nil && l.size < l.most {
		return nil
	}
	const flags = os.O_CREATE | os.O_EXCL | os.O_WRONLY | os.O_APPEND
	name := fmt.Sprintf("audit-%012d", first)
	next, err := os.OpenFile(filepath.Join(l.dir, name+".jsonl"), flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.Mkdir(l.dir, 0o700); err == nil { // but not the data directory, which may come back
			next, err = os.OpenFile(filepath.Join(l.dir, name+".jsonl"), flags, 0o600)
		}
	}
	for n := 1; errors.Is(err, fs.ErrExist) && n < 1000; n++ {
		next, err = os.OpenFile(filepath.Join(l.dir, fmt.Sprintf("%s_%03d.jsonl", name, n)), flags, 0o600)
	}
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
