package jetstream

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The server in the process writes to its files at once, and has the disk write them through every
// syncEvery. A machine that loses its power loses what came since, so that stands in a journal as well,
// which is written through before anybody is told: once for all who wait at that moment, where the
// server would do it for each of their messages (BenchmarkPut: 30 µs each for 64 at once, instead of 80 to
// 100).
const (
	syncEvery = 15 * time.Second
	spans     = 30 * time.Second // that one file of the journal has
	keepsFor  = time.Minute      // that a file is kept once its span is over
)

// entry is a message that was written into a stream.
type entry struct {
	Subject string          `json:"subject"`
	ID      string          `json:"id,omitempty"` // that tells copies apart
	Body    json.RawMessage `json:"body"`
}

// encode returns the entry as JSON. The body is that already, and goes as it stands.
func (e entry) encode() ([]byte, error) {
	text := make([]byte, 0, len(e.Subject)+len(e.ID)+len(e.Body)+len(`{"subject":"","id":"","body":}`))
	text, err := jsontext.AppendQuote(append(text, `{"subject":`...), e.Subject)
	if err == nil && e.ID != "" {
		text, err = jsontext.AppendQuote(append(text, `,"id":`...), e.ID)
	}
	return append(append(append(text, `,"body":`...), e.Body...), '}'), err
}

// journal are the last entries, in files of a directory. It may be used by many at once; Close it in
// the end.
type journal struct {
	dir  string
	boot string   // of the machine
	old  []string // files of earlier starts of the machine

	mu      sync.Mutex
	next    *round // what is written next; nil when there is nothing
	writing bool
	later   *time.Timer // begins what nobody waits for; nil when there is none
	parts   sync.WaitGroup

	// These belong to whoever writes.
	file  *os.File
	began time.Time
	count int // of files so far
}

// round is what is written to the disk together.
type round struct {
	lines bytes.Buffer
	count int
	done  chan struct{} // closed with err
	err   error
}

// openJournal opens the journal in a directory and returns what may be lost of it: the entries of its
// files, oldest first, if the machine has been started anew since they were written. While the machine
// runs, what the server wrote is there, whatever became of its process.
func openJournal(dir string) (_ *journal, lost []entry, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	j := &journal{dir: dir, boot: bootID()}
	names, err := j.files()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		boot, entries, err := readJournal(name)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if boot != j.boot || boot == "" {
			lost, j.old = append(lost, entries...), append(j.old, name)
		}
		if _, err := fmt.Sscanf(filepath.Base(name), namePattern, &j.count); err != nil {
			return nil, nil, fmt.Errorf("%s doesn't belong here: %w", name, err)
		}
	}
	return j, lost, nil
}

// settled removes the files whose entries were lost and aren't any more.
func (j *journal) settled() error {
	for _, name := range j.old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	j.old = nil
	return nil
}

// bootID differs with each start of the machine (Linux, random(4)); empty where there is none.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

const namePattern = "journal-%d"

func (j *journal) files() ([]string, error) {
	names, err := filepath.Glob(filepath.Join(j.dir, "journal-*"))
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return names, err
}

// readJournal reads a file. It ends with the first line that isn't whole: nobody was told that it
// stands there.
func readJournal(path string) (boot string, entries []entry, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	head, ok, err := readLine(lines)
	if !ok || err != nil {
		return "", nil, err
	}
	for {
		line, ok, err := readLine(lines)
		if !ok || err != nil {
			return string(head), entries, err
		}
		var e entry
		if json.Unmarshal(line, &e) != nil {
			return string(head), entries, nil
		}
		entries = append(entries, e)
	}
}

// readLine returns what stands in a line; ok is false when it isn't whole.
func readLine(lines *bufio.Reader) (text []byte, ok bool, err error) {
	line, err := lines.ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	sum, text, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	return text, string(sum) == checksum(text), nil
}

func checksum(text []byte) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(text)))
}

func writeLine(out *bytes.Buffer, text []byte) {
	out.WriteString(checksum(text))
	out.WriteByte(' ')
	out.Write(text)
	out.WriteByte('\n')
}

// idle is how long an entry that nobody waits for may wait for others.
const idle = 20 * time.Millisecond

// begin has an entry written. The round it returns is over when the entry is on the disk, together with
// those of others. What nobody waits for goes along with the next one, or soon by itself.
func (j *journal) begin(e entry, awaited bool) (*round, error) {
	text, err := e.encode()
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.next == nil {
		j.next = &round{done: make(chan struct{})}
	}
	writeLine(&j.next.lines, text)
	j.next.count++
	switch {
	case awaited:
		j.start()
	case j.later == nil && !j.writing:
		j.parts.Add(1)
		j.later = time.AfterFunc(idle, func() {
			defer j.parts.Done()
			j.mu.Lock()
			defer j.mu.Unlock()
			j.later = nil
			j.start()
		})
	}
	return j.next, nil
}

// start has what is next written. The caller holds the lock.
func (j *journal) start() {
	if !j.writing && j.next != nil {
		j.writing = true
		j.parts.Go(j.run)
	}
}

// wait returns what became of a round once it is over.
func (r *round) wait() error {
	<-r.done
	return r.err
}

// Where a crowd waits, the next round begins a little later: waiting costs each of them less than another
// sync costs all.
const (
	crowd  = 4
	gather = 3 * time.Millisecond
)

// run writes round after round until there is nothing left.
func (j *journal) run() {
	for {
		j.mu.Lock()
		r := j.next
		j.next = nil
		if r == nil {
			j.writing = false
			j.mu.Unlock()
			return
		}
		j.mu.Unlock()
		r.err = j.append(r.lines.Bytes())
		close(r.done)
		if r.count >= crowd {
			time.Sleep(gather)
		}
	}
}

func (j *journal) append(lines []byte) error {
	if err := j.turn(); err != nil {
		return err
	}
	_, err := j.file.Write(lines)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil { // what stands in the file now, nobody knows
		err = errors.Join(err, j.file.Close())
		j.file = nil
	}
	return err
}

// turn begins a file, or the next one when the span of this is over, and removes those that are too old
// to matter.
func (j *journal) turn() error {
	if j.file != nil && time.Since(j.began) < spans {
		return nil
	}
	names, err := j.files()
	if err != nil {
		return err
	}
	for _, name := range names {
		// Its last line may be as young as the file is in its modification time.
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > keepsFor {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	next, err := os.OpenFile(filepath.Join(j.dir, fmt.Sprintf(namePattern, j.count+1)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	j.count++
	var head bytes.Buffer
	writeLine(&head, []byte(j.boot))
	_, err = next.Write(head.Bytes())
	if err == nil {
		err = syncDirectory(j.dir)
	}
	if err != nil {
		return errors.Join(err, next.Close())
	}
	if j.file != nil {
		err = j.file.Close()
	}
	j.file, j.began = next, time.Now()
	return err
}

// syncDirectory makes sure that a new file has its name after a loss of power.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// close ends the journal when everything is written; nothing may be begun any more.
func (j *journal) close() error {
	j.parts.Wait()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
