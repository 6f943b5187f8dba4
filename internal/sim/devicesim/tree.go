package devicesim

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"
)

// The data of a device is a tree in the order of its YANG schema: keys come first in an entry, as a
// device writes them.

// object is a container or a list entry.
type object []member

type member struct {
	name  string // with its module where that differs from the parent's
	value any    // a scalar, []any (a leaf-list), object, *list, live or nothing
}

// list is a YANG list; its entries hold their keys.
type list struct {
	keys    []string
	entries []object
}

// generated is a list whose entries are made when they are written, so that it may be long.
type generated struct {
	keys  []string
	count int
	entry func(i int) object
}

// live is a value that depends on the time.
type live func(now time.Time) any

// nothing is a node the device knows and has no data for: 204. It holds the nodes below that are known
// as well.
type nothing object

// orNothing is a leaf that may not be set.
func orNothing(text string) any {
	if text == "" {
		return nothing{}
	}
	return text
}

// obj makes an object of names and values in turn.
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

// writer writes a tree as JSON in two-blank steps while it goes, as IOS-XE does.
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
	for i := 0; i < g.count && w.err == nil; i++ { // who hung up needs no more of it
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
