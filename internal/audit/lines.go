package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Break is a place where a chain can't be verified.
type Break struct {
	File   string // its name
	Line   int    // the first one, from 1; 0 for the whole file
	Lines  int    // how many
	Reason string
}

// Error implements error.
func (b *Break) Error() string {
	switch {
	case b.Line == 0:
		return fmt.Sprintf("%s: %s", b.File, b.Reason)
	case b.Lines > 1:
		return fmt.Sprintf("%s lines %d to %d: %s", b.File, b.Line, b.Line+b.Lines-1, b.Reason)
	}
	return fmt.Sprintf("%s line %d: %s", b.File, b.Line, b.Reason)
}

// maxLine bounds a line that is read, in bytes. Records are shorter; those of the first edition could
// have the names of 100,000 devices.
const maxLine = 8 << 20

// lineReader reads the lines of a file in bounded memory.
type lineReader struct {
	in     *bufio.Reader
	number int   // of the line that was read last, from 1
	offset int64 // behind that line
}

// next returns the next line without its line break. A line that is too long is an error, and the next
// one is read on. With io.EOF come the bytes behind the last line break.
func (l *lineReader) next() (line []byte, err error) {
	tooLong := false
	l.number++
	for {
		part, err := l.in.ReadSlice('\n')
		l.offset += int64(len(part))
		if tooLong = tooLong || len(line)+len(part) > maxLine; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case tooLong && (err == nil || errors.Is(err, io.EOF)):
			return nil, errTooLong
		case err == nil:
			return bytes.TrimSuffix(line, []byte("\n")), nil
		}
		return line, err
	}
}

var errTooLong = errors.New("the line is too long for a record")

// content is what a file of a chain has.
type content struct {
	whole int64  // bytes up to the end of the last line
	rest  []byte // behind it: a line that is being written, or was cut off
}

// scan yields the records of a file from an offset, and its damaged lines as *Break; those that follow
// each other are one. With an offset other than 0 it begins behind the first line break. It ends early
// when yield returns false.
func scan(path string, offset int64, yield func(Record, *Break) bool) (c content) {
	fail := func(err error) content {
		yield(Record{}, &Break{File: filepath.Base(path), Reason: err.Error()})
		return c
	}
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fail(err)
	case !info.Mode().IsRegular():
		return fail(errors.New("not a regular file"))
	}
	f, err := os.Open(path)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return fail(err)
	}
	lines := lineReader{in: bufio.NewReaderSize(f, 64<<10), offset: offset}
	if offset > 0 {
		if _, err := lines.next(); err != nil {
			return content{whole: offset}
		}
		lines.number = 0
	}
	var damaged *Break
	for {
		c.whole = lines.offset
		line, err := lines.next()
		var r Record
		if err == nil {
			r, err = decode(line)
		}
		switch {
		case err == nil:
		case errors.Is(err, errTooLong) || errors.Is(err, errNoRecord) || errors.Is(err, errChanged):
			if damaged != nil {
				damaged.Lines++
				continue
			}
			damaged = &Break{File: filepath.Base(path), Line: lines.number, Lines: 1, Reason: err.Error()}
			if offset > 0 {
				damaged.Line = 0 // lines were left out
			}
			continue
		}
		if damaged != nil {
			if !yield(Record{}, damaged) {
				return c
			}
			damaged = nil
		}
		switch {
		case errors.Is(err, io.EOF):
			c.rest = line
			return c
		case err != nil:
			return fail(err)
		case !yield(r, nil):
			return c
		}
	}
}
