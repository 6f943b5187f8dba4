package yang

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one row; the response as a whole has none here.
const (
	maxRow   = 1 << 20 // bytes; also of a single value anywhere
	maxDepth = 64
)

var errLargeRow = fmt.Errorf("a row is larger than %d bytes", maxRow)

// Rows reads the response to a GET of resource and yields its rows one at a time, in their order. It
// holds one row in memory.
//
// resource is the path below {+restconf}/data. Servers wrap what its last node holds in different ways,
// and all of them are read alike:
//
//	{"m:list": [...]}            an object with a member of that name (RFC 8040, 4.3; IOS-XE)
//	{"m:top": {"list": [...]}}   rooted at the first node of the path (rousette)
//	{"m:key": 1, "m:leaf": 2}    the content alone (Arista EOS); for a list, [...]
//	{"ietf-restconf:data": ...}  any of these in the datastore resource
//
// path names the members from the node down to the list, such as arp-vrf and arp-entry; lists on the way
// are gone through. Without a path the node itself is the row, or each of its entries. Module names in
// front of members make no difference. An object stands for a list of one; a scalar is a row with one
// member, of its own name. An empty body, as of a 204, has no rows.
//
// A row sees the scalars of the lists around it. Most servers send keys first, as RFC 7950, 7.8.5, wants it
// of XML; but the members of a JSON object have no order, and some servers sort them by name. The rows of an
// entry that begins without a scalar wait for its end, at most maxRow bytes of them.
//
// Texts with control characters, bad escapes or bad UTF-8 are repaired, see tolerant; repaired reports it.
//
// An error of yield ends it and is returned as it is. Other errors say where the response is broken, and
// wrap what the reader returned. Without an error r was read to its end, so that its connection can be
// used again.
func Rows(r io.Reader, resource string, path []string, yield func(Row) error) (repaired bool, err error) {
	dec := decoders.Get().(*jsontext.Decoder)
	text := &tolerant{r: r}
	in := &bounded{r: text, dec: dec}
	dec.Reset(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	defer func() {
		if in.read < maxReused { // a larger response leaves a larger buffer, within which rows have no bound
			dec.Reset(strings.NewReader("")) // which releases r
			decoders.Put(dec)
		}
	}()
	// The names of members come again in every row.
	w := &walker{dec: dec, names: map[string]string{}, yield: yield}
	err = w.response(nodes(resource), path)
	if w.stopped == nil && err != nil {
		_ = w.release() // those that came before it broke; an error is w.stopped
	}
	if w.stopped != nil {
		return false, w.stopped
	}
	return text.repaired || w.replaced, w.broken(err)
}

// nodes returns the names of a resource's nodes, without modules and keys.
func nodes(resource string) []string {
	names := strings.Split(resource, "/")
	for i, step := range names {
		step, _, _ = strings.Cut(step, "=")
		names[i] = local(step)
	}
	return names
}

// maxReused is how large a response may be for its decoder to be used again, in bytes.
const maxReused = 64 << 10

// decoders keeps decoders for their buffers.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(strings.NewReader("")) }}

// bounded is the decoder's reader. The decoder buffers a value until it has all of it, so only its
// reader can bound it.
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
	dec      *jsontext.Decoder
	names    map[string]string
	yield    func(Row) error
	stopped  error
	replaced bool   // a text had bad UTF-8
	rowFrom  int64  // where the row being read began
	first    string // the first member's name, if the object being read was opened to look at it

	keyless     int   // open entries around the row that had no scalar before it
	waiting     []Row // for the end of those entries
	waitingSize int64 // in bytes
}

func (w *walker) broken(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the response is cut off after %d bytes: %w", w.dec.InputOffset(), err)
	}
	return fmt.Errorf("the response is broken at byte %d: %w", w.dec.InputOffset(), err)
}

// response reads everything: one JSON value, or nothing. Only io.EOF itself is the end: an error of the
// reader that wraps it is a connection that broke.
func (w *walker) response(nodes, path []string) error {
	node := nodes[len(nodes)-1]
	switch kind := w.dec.PeekKind(); {
	case kind == '{':
		if err := w.unwrap(nodes, path); err != nil {
			return err
		}
	case kind == '[':
		if err := w.entries(node, path); err != nil {
			return err
		}
	case kind == '"' || kind == '0' || kind == 't' || kind == 'f':
		if err := w.entry(node, path); err != nil {
			return err
		}
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

// entries reads a list without an object around it.
func (w *walker) entries(node string, path []string) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != ']' {
		if err := w.entry(node, path); err != nil {
			return err
		}
	}
	_, err := w.dec.ReadToken()
	return err
}

func (w *walker) entry(node string, path []string) error {
	if w.dec.PeekKind() != '{' && len(path) > 0 {
		return errors.New("it isn't a JSON object")
	}
	return w.step(node, path, nil, true)
}

// unwrap reads the outermost object: its first member tells how the server wraps the last of the nodes.
// A scalar of the node's own name is a leaf, or the key of a list called like it; both are content.
func (w *walker) unwrap(nodes, path []string) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() != '}' {
		name, err := w.name()
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "@") { // metadata (RFC 7952)
			if err := w.dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		w.first = name
		node := nodes[len(nodes)-1]
		kind := w.dec.PeekKind()
		nested := kind == '{' || kind == '[' || kind == 'n'
		child := kind == '[' && len(path) > 0 && local(path[0]) == node // a list called like what it is in
		switch {
		case nested && name == node && !child:
			return w.members(func(name string) error { return w.named(name, node, path) })
		case nested && name == nodes[0] && len(nodes) > 1:
			down := append(slices.Clone(nodes[1:]), path...)
			return w.members(func(name string) error { return w.named(name, nodes[0], down) })
		case kind == '{' && name == "data" && (len(path) == 0 || local(path[0]) != name):
			return w.members(func(name string) error {
				if name != "data" {
					return w.dec.SkipValue()
				}
				return w.unwrap(nodes, path)
			})
		case len(path) == 0:
			return w.object(node, nil)
		}
		return w.level(node, path, nil, false)
	}
	_, err := w.dec.ReadToken()
	return err
}

// named reads the value of a member if it has the name that is wanted.
func (w *walker) named(name, want string, path []string) error {
	if name != want {
		return w.dec.SkipValue()
	}
	return w.step(name, path, nil, false)
}

// members goes through an object and has each member's value read by value.
func (w *walker) members(value func(name string) error) error {
	if name := w.first; name != "" {
		w.first = ""
		if err := value(name); err != nil {
			return err
		}
	} else if _, err := w.dec.ReadToken(); err != nil {
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
	if err := json.Unmarshal(quoted, &text); err != nil { // it replaces broken UTF-8, as in values
		return "", err
	}
	name := local(text)
	if len(w.names) < 10_000 && len(quoted) < 256 {
		w.names[string(quoted)] = name
	}
	return name, nil
}

// step reads the value of the member called name, which lies on the path, or an entry of its list.
func (w *walker) step(name string, path []string, parent *Row, entry bool) error {
	switch kind := w.dec.PeekKind(); {
	case kind == '[':
		if _, err := w.dec.ReadToken(); err != nil {
			return err
		}
		for w.dec.PeekKind() != ']' {
			if err := w.step(name, path, parent, true); err != nil {
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
	return w.level(name, path, parent, entry)
}

// level reads an object that has the first member of the path in it.
func (w *walker) level(name string, path []string, parent *Row, entry bool) error {
	level := &Row{name: name, members: map[string]any{}, parent: parent}
	var held int64 // bytes of the scalars in level
	keyless := false
	err := w.members(func(member string) error {
		switch kind := w.dec.PeekKind(); {
		case member == local(path[0]):
			if entry && !keyless && len(level.members) == 0 {
				keyless = true
				w.keyless++
			}
			return w.step(member, path[1:], level, false)
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
	if err != nil || !keyless {
		return err
	}
	if w.keyless--; w.keyless > 0 {
		return nil
	}
	return w.release()
}

// release yields the rows that wait.
func (w *walker) release() error {
	rows := w.waiting
	w.waiting, w.waitingSize = nil, 0
	for _, row := range rows {
		if w.stopped = w.yield(row); w.stopped != nil {
			return w.stopped
		}
	}
	return nil
}

// row reads one row and yields it.
func (w *walker) row(name string, parent *Row) error {
	if w.dec.PeekKind() == 'n' {
		return w.dec.SkipValue()
	}
	return w.object(name, parent)
}

// object reads an object, or a scalar of that name, and yields it as a row.
func (w *walker) object(name string, parent *Row) error {
	w.rowFrom = w.dec.InputOffset()
	var value any
	var err error
	if w.first != "" {
		value, err = w.container(0)
	} else {
		value, err = w.value(0)
	}
	if err != nil {
		return err
	}
	members, ok := value.(map[string]any)
	if !ok {
		members = map[string]any{name: value}
	}
	row := Row{name, members, parent}
	if w.keyless == 0 {
		w.stopped = w.yield(row)
		return w.stopped
	}
	w.waiting = append(w.waiting, row)
	if w.waitingSize += w.dec.InputOffset() - w.rowFrom; w.waitingSize <= maxRow {
		return nil
	}
	return w.release()
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
		return w.container(depth)
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
	text := token.String()
	w.replaced = w.replaced || strings.ContainsRune(text, utf8.RuneError)
	return text, nil
}

// container reads an object. Of two members of one name the first counts.
func (w *walker) container(depth int) (map[string]any, error) {
	object := map[string]any{}
	err := w.members(func(name string) error {
		v, err := w.value(depth + 1)
		if _, twice := object[name]; !twice {
			object[name] = v
		}
		return err
	})
	return object, err
}
