// Package yang knows what YANG data looks like on the wire: how the key of a list entry is written
// into a path, and how JSON (RFC 7951) is read row by row.
//
// It is a leaf without a network: internal/query reads answers with it. What a module means is the
// business of query templates.
package yang

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one row; an answer as a whole has none here.
const (
	maxRow   = 1 << 20 // bytes; of a single value as well, wherever it stands
	maxDepth = 64
)

var errLargeRow = fmt.Errorf("a row is larger than %d bytes", maxRow)

// Row is one entry of a list, or a container, with the leaves of the lists around it.
type Row struct {
	members map[string]any
	parent  *Row
}

// Rows reads an answer and yields its rows one at a time, in their order. It holds one row.
//
// The answer is an object with one member, such as {"module:vrf": {...}}, which is always stepped
// into. path names the members from there down to the list, such as arp-vrf and arp-entry; lists on
// the way are gone through. Without a path the member itself is the row, or each of its entries.
// Module names in front of members make no difference. An object stands for a list of one; a scalar
// is a row with one member, of its own name. Nothing at all, as in the body of a 204, has no rows.
//
// A row sees the scalars of the lists around it that stand before it, as keys do (RFC 7950, 7.8.5,
// for XML; IOS-XE writes JSON in the same order).
//
// An error of yield ends it and is returned as it is. Other errors say where the answer is broken,
// and keep what the reader said. Without an error r was read to its end, so that a connection behind
// it can be used again.
func Rows(r io.Reader, path []string, yield func(Row) error) error {
	dec := decoders.Get().(*jsontext.Decoder)
	in := &bounded{r: r, dec: dec}
	dec.Reset(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	defer func() {
		if in.read < maxReused { // a larger answer leaves a larger buffer, within which rows have no bound
			dec.Reset(strings.NewReader("")) // which lets go of r
			decoders.Put(dec)
		}
	}()
	// The names of members come again in every row.
	w := &walker{dec: dec, names: map[string]string{}, yield: yield}
	err := w.answer(path)
	if w.stopped != nil {
		return w.stopped
	}
	return w.broken(err)
}

// maxReused is how large an answer may be for its decoder to be used again, in bytes.
const maxReused = 64 << 10

// decoders are used again, for their buffers.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(strings.NewReader("")) }}

// bounded is what the decoder reads. The decoder holds a value until it has all of it, so a reader
// that stops is the only bound there is.
type bounded struct {
	r    io.Reader
	dec  *jsontext.Decoder
	read int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.read-b.dec.InputOffset() > maxRow {
		return 0, errLargeRow
	}
	n, err := b.r.Read(p)
	b.read += int64(n)
	return n, err
}

type walker struct {
	dec     *jsontext.Decoder
	names   map[string]string
	yield   func(Row) error
	stopped error
	rowFrom int64 // where the row being read began
}

func (w *walker) broken(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the answer is cut off after %d bytes: %w", w.dec.InputOffset(), err)
	}
	return fmt.Errorf("the answer is broken at byte %d: %w", w.dec.InputOffset(), err)
}

// answer reads all there is: an object, null or nothing. Only io.EOF itself is the end: an error of
// the reader that wraps it is a connection that broke.
func (w *walker) answer(path []string) error {
	switch w.dec.PeekKind() {
	case '{':
		if err := w.members(func(name string) error { return w.step(name, path, nil) }); err != nil {
			return err
		}
	case '[', '"', '0', 't', 'f':
		return errors.New("it isn't a JSON object")
	default:
		if _, err := w.dec.ReadToken(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
	switch _, err := w.dec.ReadToken(); err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("something follows its end")
	default:
		return err
	}
}

// members goes through an object and has each member's value read by value.
func (w *walker) members(value func(name string) error) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != '}' {
		name, err := w.name()
		if err != nil {
			return err
		}
		if err := value(name); err != nil {
			return err
		}
	}
	_, err := w.dec.ReadToken()
	return err
}

// name reads a member's name without the module in front of it.
func (w *walker) name() (string, error) {
	quoted, err := w.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if name, ok := w.names[string(quoted)]; ok {
		return name, nil
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil { // it mends broken UTF-8, as in values
		return "", err
	}
	name := local(text)
	if len(w.names) < 10_000 && len(quoted) < 256 {
		w.names[string(quoted)] = name
	}
	return name, nil
}

// local drops the module from module:name.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// step reads the value of the member called name, which lies on the path.
func (w *walker) step(name string, path []string, parent *Row) error {
	switch kind := w.dec.PeekKind(); {
	case kind == '[':
		if _, err := w.dec.ReadToken(); err != nil {
			return err
		}
		for w.dec.PeekKind() != ']' {
			if err := w.step(name, path, parent); err != nil {
				return err
			}
		}
		_, err := w.dec.ReadToken()
		return err
	case len(path) == 0:
		return w.row(name, parent)
	case kind != '{':
		return w.dec.SkipValue()
	}
	level := &Row{members: map[string]any{}, parent: parent}
	var held int64 // bytes of the scalars in level
	return w.members(func(member string) error {
		switch kind := w.dec.PeekKind(); {
		case member == local(path[0]):
			return w.step(member, path[1:], level)
		case kind == '{', kind == '[':
			return w.dec.SkipValue()
		}
		w.rowFrom = w.dec.InputOffset()
		scalar, err := w.value(0)
		level.members[member] = scalar
		if held += w.dec.InputOffset() - w.rowFrom; held > maxRow {
			return errLargeRow
		}
		return err
	})
}

// row reads one row and yields it.
func (w *walker) row(name string, parent *Row) error {
	kind := w.dec.PeekKind()
	w.rowFrom = w.dec.InputOffset()
	value, err := w.value(0)
	if err != nil {
		return err
	}
	members, ok := value.(map[string]any)
	switch {
	case kind == 'n':
		return nil
	case !ok:
		members = map[string]any{name: value}
	}
	w.stopped = w.yield(Row{members, parent})
	return w.stopped
}

// value reads any value as encoding/json would, with json.Number and without module names.
func (w *walker) value(depth int) (any, error) {
	switch {
	case depth > maxDepth:
		return nil, fmt.Errorf("a row is nested more than %d deep", maxDepth)
	case w.dec.InputOffset()-w.rowFrom > maxRow:
		return nil, errLargeRow
	}
	switch w.dec.PeekKind() {
	case '{':
		object := map[string]any{}
		err := w.members(func(name string) error {
			v, err := w.value(depth + 1)
			if _, twice := object[name]; !twice {
				object[name] = v
			}
			return err
		})
		return object, err
	case '[':
		if _, err := w.dec.ReadToken(); err != nil {
			return nil, err
		}
		list := []any{}
		for w.dec.PeekKind() != ']' {
			v, err := w.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := w.dec.ReadToken()
		return list, err
	}
	token, err := w.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '0':
		return json.Number(token.String()), nil
	}
	return token.String(), nil
}

// Get returns the value at a path of member names below the row, such as statistics/in-octets, or
// below the nearest of the lists around it that has one. Values are nil, bool, json.Number, string,
// []any and map[string]any. Going through a list of several entries gives the list of their values.
func (r Row) Get(path string) (any, bool) {
	for row := &r; row != nil; row = row.parent {
		if v, ok := descend(row.members, path); ok {
			return v, true
		}
	}
	return nil, false
}

func descend(v any, path string) (any, bool) {
	for path != "" {
		name, rest, _ := strings.Cut(path, "/")
		switch container := v.(type) {
		case map[string]any:
			member, ok := container[local(name)]
			if !ok {
				return nil, false
			}
			v, path = member, rest
		case []any:
			var found []any
			for _, entry := range container {
				if member, ok := descend(entry, path); ok {
					found = append(found, member)
				}
			}
			if len(found) == 1 {
				return found[0], true
			}
			return found, len(found) > 0
		default:
			return nil, false
		}
	}
	return v, true
}

// Members returns the row's own members. They belong to the row and must not be changed.
func (r Row) Members() map[string]any { return r.members }

// Seen returns all that the row sees: its own members and the scalars of the lists around it, the
// nearer before the farther. They must not be changed.
func (r Row) Seen() map[string]any {
	parents := 0
	for p := r.parent; p != nil; p = p.parent {
		parents += len(p.members)
	}
	if parents == 0 {
		return r.members
	}
	all := make(map[string]any, parents+len(r.members))
	for row := &r; row != nil; row = row.parent {
		for name, v := range row.members {
			if _, nearer := all[name]; !nearer {
				all[name] = v
			}
		}
	}
	return all
}
