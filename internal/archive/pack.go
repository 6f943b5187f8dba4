package archive

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"overwatch/internal/query"
)

// Limits of a packed entry, in bytes.
const (
	maxPacked = 900 << 10
	maxPlain  = 8 << 10 // up to here it isn't compressed
)

// compressors are used again, since each takes most of a megabyte.
var compressors = sync.Pool{New: func() any {
	zip, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // a valid level
	return zip
}}

// Recorder packs a result while its rows stream past. It never holds more than a Store takes; of a larger
// result it keeps nothing. Small results, which are most, aren't compressed: that would take longer than
// to run the query. The zero Recorder is ready to use. It isn't safe for concurrent use.
type Recorder struct {
	packed bytes.Buffer // one JSON value per line, compressed once there are many
	zip    *gzip.Writer // nil until then
	rows   int
	large  bool
}

// Add records the next row.
func (r *Recorder) Add(row []query.Cell) {
	if r.large {
		return
	}
	if r.rows++; r.rows > MaxRows || r.packed.Len() > maxPacked {
		r.large = true
		r.packed = bytes.Buffer{}
		r.release()
		return
	}
	r.line(row)
}

// line adds a line, and begins to compress when there is more than maxPlain.
func (r *Recorder) line(v any) {
	if r.zip != nil {
		_ = json.NewEncoder(r.zip).Encode(v) // into a buffer
		return
	}
	_ = json.NewEncoder(&r.packed).Encode(v)
	if r.packed.Len() <= maxPlain {
		return
	}
	plain := bytes.Clone(r.packed.Bytes())
	r.packed.Reset()
	r.zip = compressors.Get().(*gzip.Writer)
	r.zip.Reset(&r.packed)
	_, _ = r.zip.Write(plain)
}

// release returns the compressor to those that are used again.
func (r *Recorder) release() {
	if r.zip != nil {
		compressors.Put(r.zip)
		r.zip = nil
	}
}

// Pack ends the recording of the result that res is a page of, and returns the packed entry; ok is false
// when it is too large to keep.
func (r *Recorder) Pack(res query.Result) (packed []byte, ok bool) {
	if r.large {
		return nil, false
	}
	r.line(ending{At: res.At, Took: res.Took, Ending: res.Ending, Rows: r.rows})
	if r.zip != nil {
		_ = r.zip.Close() // into a buffer
		r.release()
	}
	return r.packed.Bytes(), r.packed.Len() <= maxPacked
}

// Pack packs an entry; ok is false when it is too large to keep.
func (e *Entry) Pack() (packed []byte, ok bool) {
	var r Recorder
	for _, row := range e.Rows {
		r.Add(row)
	}
	return r.Pack(query.Result{At: e.At, Took: e.Took, Ending: e.Ending})
}

// ending is the last line of a packed entry.
type ending struct {
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took"` // nanoseconds
	Ending query.Ending  `json:"ending"`
	Rows   int           `json:"rows"`
}

// gzipMagic is how compressed data begins (RFC 1952, 2.3.1); JSON never does.
const gzipMagic = 0x1f

// Unpack reads a packed entry.
func Unpack(packed []byte) (*Entry, error) {
	var plain io.Reader = bytes.NewReader(packed)
	if len(packed) > 0 && packed[0] == gzipMagic {
		zip, err := gzip.NewReader(plain)
		if err != nil {
			return nil, fmt.Errorf("unpack a result: %w", err)
		}
		plain = zip
	}
	lines := json.NewDecoder(plain)
	e := &Entry{}
	for {
		var line json.RawMessage
		err := lines.Decode(&line)
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("unpack a result: its end is missing")
		case err != nil:
			return nil, fmt.Errorf("unpack a result: %w", err)
		case line[0] == '[' && len(e.Rows) < MaxRows:
			var row []query.Cell
			exactly := json.NewDecoder(bytes.NewReader(line))
			exactly.UseNumber()
			if err := exactly.Decode(&row); err != nil {
				return nil, fmt.Errorf("unpack a result: %w", err)
			}
			e.Rows = append(e.Rows, row)
			continue
		}
		var end ending
		if err := json.Unmarshal(line, &end); err != nil || end.Rows != len(e.Rows) {
			return nil, errors.Join(errors.New("unpack a result: rows are missing"), err)
		}
		e.At, e.Took, e.Ending = end.At, end.Took, end.Ending
		return e, nil
	}
}
