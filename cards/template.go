package cards

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Template is a compiled card. It is immutable and safe for concurrent use.
type Template struct {
	file string
	root *object
	size int // of the file: what an expansion is likely to need at least
}

// Expand fills the template with data, which is anything that encoding/json encodes to an object.
// The card has its names sorted and no HTML escapes, and is the same for the same data. An error is
// an *Error at the place of the template that the data can't satisfy. The card isn't checked: see
// Check.
func (t *Template) Expand(data any) (json.RawMessage, error) {
	v, err := toValue(data)
	if err != nil {
		return nil, &Error{File: t.file, Say: err.Error()}
	}
	card, err := t.root.value(make([]byte, 0, 2*t.size), scope{root: v, data: v, index: -1})
	if err != nil {
		return nil, err
	}
	return card, nil
}

// node is a part of a compiled template. Both methods append to dst and return it grown.
type node interface {
	// value appends exactly one JSON value.
	value(dst []byte, s scope) ([]byte, error)
	// items appends what the node adds to the array it stands in, each item after a comma: nothing,
	// one item or several.
	items(dst []byte, s scope) ([]byte, error)
}

// literal is JSON without expressions: a text, a number, true, false or null.
type literal string

func (l literal) value(dst []byte, _ scope) ([]byte, error) { return append(dst, l...), nil }

func (l literal) items(dst []byte, _ scope) ([]byte, error) {
	if l == "null" { // the official engine drops it from arrays
		return dst, nil
	}
	return append(append(dst, ','), l...), nil
}

// array is a JSON array. One within another adds its items: so does the official engine.
type array []node

func (a array) value(dst []byte, s scope) ([]byte, error) {
	start := len(dst)
	dst, err := a.items(dst, s)
	if err != nil {
		return nil, err
	}
	if len(dst) == start {
		return append(dst, "[]"...), nil
	}
	dst[start] = '[' // was the first item's comma
	return append(dst, ']'), nil
}

func (a array) items(dst []byte, s scope) ([]byte, error) {
	var err error
	for _, n := range a {
		if dst, err = n.items(dst, s); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// splice is a string that is one ${expression}: the value is put in with its type.
type splice struct {
	place
	expr expr
}

func (sp splice) eval(s scope) (any, error) {
	v, err := sp.expr.eval(s)
	if err == nil && v == nil {
		err = errors.New("the data has null here")
	}
	if err != nil {
		return nil, sp.errorf("%s%s", err, where(s))
	}
	return v, nil
}

func (sp splice) value(dst []byte, s scope) ([]byte, error) {
	v, err := sp.eval(s)
	if err != nil {
		return nil, err
	}
	return appendValue(dst, v), nil
}

func (sp splice) items(dst []byte, s scope) ([]byte, error) {
	v, err := sp.eval(s)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return appendValue(append(dst, ','), v), nil
	}
	for _, e := range list {
		dst = appendValue(append(dst, ','), e)
	}
	return dst, nil
}

// mixture is a string with text beside its expressions.
type mixture struct {
	place
	parts []part
}

// part is literal text, escaped for JSON, or an expression.
type part struct {
	text string
	expr expr
}

func (m mixture) value(dst []byte, s scope) ([]byte, error) {
	dst = append(dst, '"')
	for _, p := range m.parts {
		if p.expr == nil {
			dst = append(dst, p.text...)
			continue
		}
		v, err := p.expr.eval(s)
		if err != nil {
			return nil, m.errorf("%s%s", err, where(s))
		}
		switch v := v.(type) {
		case string:
			dst = appendEscaped(dst, v)
		case bool, float64:
			dst = appendValue(dst, v)
		default:
			return nil, m.errorf("%s can't be put into a text%s", kindOf(v), where(s))
		}
	}
	return append(dst, '"'), nil
}

func (m mixture) items(dst []byte, s scope) ([]byte, error) { return m.value(append(dst, ','), s) }

// object is a JSON object, repeated by $data and left out by $when where it has them.
type object struct {
	place
	data   *splice // nil without $data
	when   *splice // nil without $when
	fields []field // sorted by name
}

// field is a member of an object; key is its name as JSON with the colon.
type field struct {
	key  string
	node node
}

func (o *object) value(dst []byte, s scope) ([]byte, error) {
	if o.data == nil && o.when == nil {
		return o.one(dst, s)
	}
	start := len(dst)
	dst, n, err := o.each(dst, s)
	if err != nil {
		return nil, err
	}
	switch n { // as the official engine has it
	case 0:
		return append(dst, "null"...), nil
	case 1:
		return slices.Delete(dst, start, start+1), nil
	}
	dst[start] = '['
	return append(dst, ']'), nil
}

func (o *object) items(dst []byte, s scope) ([]byte, error) {
	dst, _, err := o.each(dst, s)
	return dst, err
}

// each appends the object once for each element of its $data, after commas, and counts them.
func (o *object) each(dst []byte, s scope) (_ []byte, n int, err error) {
	if o.data == nil {
		return o.perhaps(dst, s, 0)
	}
	v, err := o.data.eval(s)
	if err != nil {
		return nil, 0, err
	}
	list, ok := v.([]any)
	if !ok {
		s.data = v
		return o.perhaps(dst, s, 0)
	}
	for i, e := range list {
		s.data, s.index = e, i
		if dst, n, err = o.perhaps(dst, s, n); err != nil {
			return nil, 0, err
		}
	}
	return dst, n, nil
}

// perhaps appends a comma and the object, and counts it, unless its $when says no.
func (o *object) perhaps(dst []byte, s scope, n int) ([]byte, int, error) {
	if o.when != nil {
		yes, err := truth(o.when.expr, s)
		if err != nil {
			return nil, 0, o.when.errorf("%s%s", err, where(s))
		}
		if !yes {
			return dst, n, nil
		}
	}
	dst, err := o.one(append(dst, ','), s)
	return dst, n + 1, err
}

// one appends the object as such.
func (o *object) one(dst []byte, s scope) ([]byte, error) {
	dst = append(dst, '{')
	for i, f := range o.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, f.key...)
		var err error
		if dst, err = f.node.value(dst, s); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// where says which element of a list an error is about.
func where(s scope) string {
	if s.index < 0 {
		return ""
	}
	return fmt.Sprintf(" ($index %d)", s.index)
}
