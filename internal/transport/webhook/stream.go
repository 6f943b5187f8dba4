package webhook

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
)

// streamEvent is one event of a stream of server-sent events (WHATWG HTML, section 9.2).
type streamEvent struct {
	id       string // the last one sent, with this event or before it
	name     string
	data     string
	tooLarge bool // the data is left out
}

// readStream yields the events of a stream until it ends. Events of more than limit bytes are yielded
// without their data. An error ends the stream.
func readStream(body io.Reader, limit int) iter.Seq2[streamEvent, error] {
	return func(yield func(streamEvent, error) bool) {
		lines := &lineReader{from: bufio.NewReader(body), limit: limit}
		var e streamEvent
		var data []string
		size := 0
		for {
			line, whole, err := lines.next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					yield(streamEvent{}, err)
				}
				return
			}
			if line == "" && whole {
				if e.data = strings.Join(data, "\n"); e.data != "" || e.tooLarge {
					if !yield(e, nil) {
						return
					}
				}
				e, data, size = streamEvent{id: e.id}, nil, 0
				continue
			}
			size += len(line)
			if e.tooLarge = e.tooLarge || !whole || size > limit; e.tooLarge {
				data = nil
			}
			field, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case field == "data" && !e.tooLarge:
				data = append(data, value)
			case field == "event":
				e.name = value
			case field == "id" && !strings.Contains(value, "\x00"):
				e.id = value
			}
		}
	}
}

// lineReader reads lines that end with \n, \r or \r\n.
type lineReader struct {
	from  *bufio.Reader
	limit int // bytes of a line that are kept
	begun bool
	cr    bool // the last line ended with \r
}

// next returns the next line, and whether it is whole. A line cut by the end of the stream is dropped.
func (r *lineReader) next() (line string, whole bool, err error) {
	var b bytes.Buffer
	whole = true
	for {
		c, err := r.from.ReadByte()
		if err != nil {
			return "", false, err
		}
		after := r.cr
		r.cr = c == '\r'
		switch {
		case c == '\n' && after:
			continue // the rest of \r\n
		case c == '\n' || c == '\r':
			line = b.String()
			if !r.begun {
				r.begun, line = true, strings.TrimPrefix(line, "\ufeff")
			}
			return line, whole, nil
		case b.Len() >= r.limit:
			whole = false
		default:
			b.WriteByte(c)
		}
	}
}
