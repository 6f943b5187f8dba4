package query

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"overwatch/internal/fault"
)

// Limits of an answer that is held, to turn its pages or to compare it.
const (
	maxKeptRows  = 20_000
	maxKeptBytes = 900 << 10 // packed
)

// Answer is a whole answer, without a filter.
type Answer struct {
	At   time.Time
	Took time.Duration
	Note string
	Cut  string
	Rows [][]Cell
}

// ID names the answer among those to the same question.
func (a *Answer) ID() string { return strconv.FormatInt(a.At.UnixNano(), 36) }

// Page returns a page of the answer, as the question's filter wants it.
func (a *Answer) Page(q Question, from, limit int) Result {
	r := Result{Question: q, From: from, Note: a.Note, Cut: a.Cut, At: a.At, Took: a.Took, Kept: true}
	for _, row := range a.Rows {
		r.take(row, limit)
	}
	return r
}

// Key is the same for all questions that have the same answer, save for the time; letters and digits.
func (q Question) Key() string {
	h := sha256.New()
	part := func(s string) { fmt.Fprintf(h, "%d:%s", len(s), s) }
	part(q.Template.Name)
	part(q.Device.Platform)
	part(q.Device.Name)
	for _, id := range slices.Sorted(maps.Keys(q.Values)) {
		part(id)
		part(q.Values[id])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Whole asks and returns the whole answer. One of more than 20,000 rows is a fault of kind TooLarge.
func (r *Runner) Whole(ctx context.Context, q Question) (*Answer, error) {
	a := &Answer{At: r.now()}
	ending, err := r.Each(ctx, q, func(row []Cell) error {
		if len(a.Rows) == maxKeptRows {
			return &fault.Error{
				Kind:    fault.TooLarge,
				Message: fmt.Sprintf("%s has more than %d rows there, which is too much to compare.", q.Template.Title, maxKeptRows),
				Hint:    "Ask for less of it, or compare two files.",
			}
		}
		a.Rows = append(a.Rows, row)
		return nil
	})
	a.Note, a.Cut, a.Took = ending.Note, ending.Cut, r.now().Sub(a.At)
	return a, err
}

// Recorder packs an answer while it passes. It holds no more than it may keep: of a larger answer it
// keeps nothing. What is small is kept as it is, since most answers are and packing takes longer than
// asking.
type Recorder struct {
	kept  bytes.Buffer // lines, packed once there are many
	zip   *gzip.Writer // nil until then
	count int
	large bool
}

// maxPlain is how much of an answer isn't packed, in bytes.
const maxPlain = 8 << 10

// zips are used again: each has most of a megabyte.
var zips = sync.Pool{New: func() any {
	zip, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // a level that exists
	return zip
}}

// NewRecorder returns a recorder for one answer.
func NewRecorder() *Recorder { return &Recorder{} }

// See takes the next row.
func (r *Recorder) See(row []Cell) {
	if r.large {
		return
	}
	if r.count++; r.count > maxKeptRows || r.kept.Len() > maxKeptBytes {
		r.large = true
		r.kept = bytes.Buffer{}
		r.recycle()
		return
	}
	r.line(row)
}

// line adds a line; what isn't packed yet is, once it is too much.
func (r *Recorder) line(v any) {
	if r.zip != nil {
		_ = json.NewEncoder(r.zip).Encode(v) // texts into a buffer
		return
	}
	_ = json.NewEncoder(&r.kept).Encode(v)
	if r.kept.Len() <= maxPlain {
		return
	}
	plain := bytes.Clone(r.kept.Bytes())
	r.kept.Reset()
	r.zip = zips.Get().(*gzip.Writer)
	r.zip.Reset(&r.kept)
	_, _ = r.zip.Write(plain)
}

// recycle leaves the packer to others.
func (r *Recorder) recycle() {
	if r.zip != nil {
		zips.Put(r.zip)
		r.zip = nil
	}
}

// Pack returns the packed answer that res is a page of; ok is false when it was too large. It ends the
// recorder.
func (r *Recorder) Pack(res Result) (packed []byte, ok bool) {
	if r.large {
		return nil, false
	}
	r.line(kept{At: res.At, Took: res.Took, Note: res.Note, Cut: res.Cut, Rows: r.count})
	if r.zip != nil {
		_ = r.zip.Close() // into a buffer
		r.recycle()
	}
	return r.kept.Bytes(), r.kept.Len() <= maxKeptBytes
}

// kept follows the rows of a packed answer.
type kept struct {
	At   time.Time     `json:"at"`
	Took time.Duration `json:"took"` // nanoseconds
	Note string        `json:"note,omitempty"`
	Cut  string        `json:"cut,omitempty"`
	Rows int           `json:"rows"`
}

// gzipMagic begins what is packed (RFC 1952, 2.3.1), and no JSON.
const gzipMagic = 0x1f

// Unpack reads a packed answer.
func Unpack(packed []byte) (*Answer, error) {
	var plain io.Reader = bytes.NewReader(packed)
	if len(packed) > 0 && packed[0] == gzipMagic {
		zip, err := gzip.NewReader(plain)
		if err != nil {
			return nil, fmt.Errorf("unpack an answer: %w", err)
		}
		plain = zip
	}
	lines := json.NewDecoder(plain)
	a := &Answer{}
	for {
		var line json.RawMessage
		err := lines.Decode(&line)
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("unpack an answer: it has no end")
		case err != nil:
			return nil, fmt.Errorf("unpack an answer: %w", err)
		case line[0] == '[' && len(a.Rows) < maxKeptRows:
			var row []Cell
			if err := json.Unmarshal(line, &row); err != nil {
				return nil, fmt.Errorf("unpack an answer: %w", err)
			}
			a.Rows = append(a.Rows, row)
			continue
		}
		var end kept
		if err := json.Unmarshal(line, &end); err != nil || end.Rows != len(a.Rows) {
			return nil, errors.Join(errors.New("unpack an answer: it isn't whole"), err)
		}
		a.At, a.Took, a.Note, a.Cut = end.At, end.Took, end.Note, end.Cut
		return a, nil
	}
}
