package devicesim

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// The data of a device is a tree in the order of its YANG schema. In a list entry the keys come first, as
// devices write them.

// object is a container or a list entry.
type object []member

type member struct {
	name  string // with its module where that differs from the parent's
	value any    // a scalar, []any (a leaf-list), object, *list, live or nothing
}

// list is a YANG list. Its entries contain their keys.
type list struct {
	keys    []string
	entries []object
}

// generated is a long list whose entries are generated while they are written.
type generated struct {
	keys  []string
	count int
	entry func(i int) object
}

// live is a value that changes with time.
type live func(now time.Time) any

// nothing is a node of the schema without data: a request for it is answered with 204. It holds the
// schema nodes below it.
type nothing object

// orNothing returns the value of a leaf, or nothing if text is empty.
func orNothing(text string) any {
	if text == "" {
		return nothing{}
	}
	return text
}

// obj returns an object of alternating names and values.
func obj(pairs ...any) object {
	o := make(object, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		o = append(o, member{pairs[i].(string), pairs[i+1]})
	}
	return o
}

func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if local(m.name) == local(name) {
			return m.value, true
		}
	}
	return nil, false
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

func moduleOf(name, parent string) string {
	if module, _, ok := strings.Cut(name, ":"); ok {
		return module
	}
	return parent
}

// writer writes a tree as JSON, indented by two blanks as IOS-XE does, without buffering it.
type writer struct {
	out io.Writer
	now time.Time
	err error
}

func (w *writer) text(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.out, s)
	}
}

// value writes a node and depth-1 levels below it (RFC 8040, 4.8.2; erratum 6473 for lists).
func (w *writer) value(v any, fields filter, depth, indent int) {
	switch v := v.(type) {
	case live:
		w.value(v(w.now), fields, depth, indent)
	case object:
		w.object(v, fields, depth, indent)
	case *list:
		if depth == 1 || len(v.entries) == 0 {
			w.text("[]")
			return
		}
		w.text("[")
		for i, e := range v.entries {
			if i > 0 {
				w.text(",")
			}
			w.text("\n" + strings.Repeat("  ", indent+1))
			w.object(e, fields, depth, indent+1)
		}
		w.text("\n" + strings.Repeat("  ", indent) + "]")
	case *generated:
		w.generated(v, fields, depth, indent)
	case nothing:
		w.text("{}")
	default:
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil && w.err == nil {
			w.err = err
		}
		w.text(strings.TrimSuffix(b.String(), "\n"))
	}
}

func (w *writer) generated(g *generated, fields filter, depth, indent int) {
	if depth == 1 || g.count == 0 {
		w.text("[]")
		return
	}
	separator := "[\n" + strings.Repeat("  ", indent+1)
	for i := 0; i < g.count && w.err == nil; i++ { // stop if the client disconnected
		w.text(separator)
		separator = ",\n" + strings.Repeat("  ", indent+1)
		w.object(g.entry(i), fields, depth, indent+1)
	}
	w.text("\n" + strings.Repeat("  ", indent) + "]")
}

func (w *writer) object(o object, fields filter, depth, indent int) {
	if depth == 1 || len(o) == 0 {
		w.text("{}")
		return
	}
	w.text("{")
	first := true
	for _, m := range o {
		below, ok := fields.below(m.name)
		if _, hidden := m.value.(nothing); !ok || hidden {
			continue
		}
		if !first {
			w.text(",")
		}
		first = false
		name, _ := json.Marshal(m.name)
		w.text("\n" + strings.Repeat("  ", indent+1) + string(name) + ": ")
		w.value(m.value, below, depth-1, indent+1)
	}
	w.text("\n" + strings.Repeat("  ", indent) + "}")
}

// deviceTime is the format of times.
const deviceTime = "2006-01-02T15:04:05.000000+00:00"

// counter returns a counter that grows since boot: a 64-bit number, so a string (RFC 7951, 6.1).
func counter(boot time.Time, perSecond int) live {
	return func(now time.Time) any {
		return strconv.FormatInt(int64(now.Sub(boot)/time.Second)*int64(perSecond), 10)
	}
}
