package cards

import (
	"errors"
	"fmt"
	"strings"
)

// scope is what an expression sees. It is passed by value: an inner scope never changes its outer.
type scope struct {
	root, data any
	index      int // of data in its list, from 0; -1 outside a list
}

// expr is a compiled expression.
type expr interface {
	eval(s scope) (any, error)
}

// constant is a value written in the template.
type constant struct{ value any }

func (c constant) eval(scope) (any, error) { return c.value, nil }

// index is $index.
type index struct{}

func (index) eval(s scope) (any, error) {
	if s.index < 0 {
		return nil, errors.New("$index has a value only within a list that $data repeats")
	}
	return float64(s.index), nil
}

// path leads from the data to a value.
type path struct {
	source   string
	fromRoot bool
	steps    []step
}

// step goes to a member by name or, where name is empty, to an element by number.
type step struct {
	name  string
	index int
}

func (p *path) eval(s scope) (any, error) {
	v, taken, holder := p.follow(s)
	if taken == len(p.steps) {
		return v, nil
	}
	missed := p.steps[taken]
	switch h := holder.(type) {
	case *record:
		if missed.name == "" {
			return nil, fmt.Errorf("%s: [%d] needs a list, but the data has an object", p.source, missed.index)
		}
		return nil, fmt.Errorf("%s: the data has no %s here%s", p.source, missed.name, among(h))
	case []any:
		if missed.name == "" {
			return nil, fmt.Errorf("%s: the list has no element %d, its length is %d", p.source, missed.index, len(h))
		}
	}
	if missed.name == "" {
		return nil, fmt.Errorf("%s: [%d] needs a list, but the data has %s", p.source, missed.index, kindOf(holder))
	}
	return nil, fmt.Errorf("%s: %s needs an object, but the data has %s", p.source, missed.name, kindOf(holder))
}

// follow takes the steps of the path as far as the data has them. If it took all, v is the value; if not,
// the next step isn't possible from holder.
func (p *path) follow(s scope) (v any, taken int, holder any) {
	v = s.data
	if p.fromRoot {
		v = s.root
	}
	for i, step := range p.steps {
		next, ok := step.from(v)
		if !ok {
			return nil, i, v
		}
		v = next
	}
	return v, len(p.steps), nil
}

func (st step) from(v any) (any, bool) {
	switch v := v.(type) {
	case *record:
		if st.name != "" {
			return v.get(st.name)
		}
	case []any:
		if st.name == "" && st.index < len(v) {
			return v[st.index], true
		}
	}
	return nil, false
}

// among lists the names of an object, for an author who wrote another one.
func among(object *record) string {
	const enough = 12
	switch names := object.names; {
	case len(names) == 0:
		return ", the object is empty"
	case len(names) > enough:
		return ", only " + strings.Join(names[:enough], ", ") + ", ..."
	default:
		return ", only " + strings.Join(names, ", ")
	}
}

// exists is exists(path).
type exists struct{ path *path }

func (e exists) eval(s scope) (any, error) {
	v, taken, holder := e.path.follow(s)
	if taken == len(e.path.steps) {
		return v != nil, nil
	}
	object, ok := holder.(*record)
	if !ok {
		return false, nil
	}
	for _, name := range object.names {
		// The official engine ignores the case of letters; this one doesn't.
		if missed := e.path.steps[taken].name; strings.EqualFold(name, missed) {
			return nil, fmt.Errorf("%s: the data's name is %s, letter case matters", e.path.source, name)
		}
	}
	return false, nil
}

// measure is count(path) or empty(path).
type measure struct {
	function string
	path     *path
	measure  func(v any) (any, bool)
}

func (m measure) eval(s scope) (any, error) {
	v, err := m.path.eval(s)
	if err != nil {
		return nil, err
	}
	out, ok := m.measure(v)
	if !ok {
		return nil, fmt.Errorf("%s(%s) doesn't work on %s", m.function, m.path.source, kindOf(v))
	}
	return out, nil
}

func count(v any) (any, bool) {
	list, ok := v.([]any)
	return float64(len(list)), ok
}

func empty(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		return len(v) == 0, true
	case string:
		return v == "", true
	}
	return nil, false
}

// choice is if(condition, a, b).
type choice struct{ condition, a, b expr }

func (c choice) eval(s scope) (any, error) {
	yes, err := truth(c.condition, s)
	if err != nil {
		return nil, err
	}
	if yes {
		return c.a.eval(s)
	}
	return c.b.eval(s)
}

// not is !x.
type not struct{ x expr }

func (n not) eval(s scope) (any, error) {
	yes, err := truth(n.x, s)
	return !yes, err
}

// logic is a && b, or a || b: if the left side is decides, the right side isn't evaluated.
type logic struct {
	decides     bool
	left, right expr
}

func (l logic) eval(s scope) (any, error) {
	yes, err := truth(l.left, s)
	if err != nil || yes == l.decides {
		return yes, err
	}
	return truth(l.right, s)
}

// truth evaluates a condition. A value other than true or false is an error.
func truth(x expr, s scope) (bool, error) {
	v, err := x.eval(s)
	if err != nil {
		return false, err
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("a condition must be true or false, not %s", kindOf(v))
	}
	return yes, nil
}

// comparison is one of == != < <= > >=.
type comparison struct {
	operator    string
	left, right expr
}

func (c comparison) eval(s scope) (any, error) {
	l, err := c.left.eval(s)
	if err != nil {
		return nil, err
	}
	r, err := c.right.eval(s)
	if err != nil {
		return nil, err
	}
	if c.operator == "==" || c.operator == "!=" {
		if !isScalar(l) || !isScalar(r) {
			return nil, fmt.Errorf("%s compares texts, numbers, true and false, not %s with %s", c.operator, kindOf(l), kindOf(r))
		}
		return (l == r) == (c.operator == "=="), nil
	}
	a, aOK := l.(float64)
	b, bOK := r.(float64)
	if !aOK || !bOK {
		return nil, fmt.Errorf("%s compares numbers, not %s with %s", c.operator, kindOf(l), kindOf(r))
	}
	switch c.operator {
	case "<":
		return a < b, nil
	case "<=":
		return a <= b, nil
	case ">":
		return a > b, nil
	default:
		return a >= b, nil
	}
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, float64, bool:
		return true
	}
	return false
}
