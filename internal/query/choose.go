package query

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/itchyny/gojq"

	"overwatch/internal/form"
	"overwatch/internal/yamlfile"
	"overwatch/internal/yang"
)

// chooser picks rows of a request that can only be told from the others when all have been seen. It
// makes one chosen for each answer.
type chooser interface {
	begin(form.Values) chosen
}

// chosen holds the rows that may be picked: few, however many are offered.
type chosen interface {
	offer(yang.Row)
	rows() []yang.Row
}

// choosing compiles which rows of a request stay.
func (c *compiler) choosing(req *request, d documentRequest, line int) {
	if d.Keep != "" {
		code, err := compileJQ(d.Keep)
		if err != nil {
			c.say(line, "keep: %v", err)
		}
		req.keep = code
	}
	switch {
	case d.Top != nil && d.Longest != nil:
		c.say(line, "top and longest don't go together")
	case d.Top != nil:
		if d.Top.By == "" || d.Top.Rows < 1 || d.Top.Rows > 1000 {
			c.say(line, "top needs by: a leaf with a number, and rows: between 1 and 1000")
		}
		req.choose = top(*d.Top)
	case d.Longest != nil:
		leaf, input, ok := only(d.Longest)
		if !ok || !c.inputs[input] {
			c.say(line, "longest needs one leaf with a prefix and the input with an address, as in {destination-prefix: address}")
		}
		req.choose = longest{leaf, input}
	}
}

func only(m map[string]string) (key, value string, ok bool) {
	for key, value = range m {
		return key, value, len(m) == 1
	}
	return "", "", false
}

// kept reports whether a row stays by the request's where and keep.
func (r *request) kept(ctx context.Context, row yang.Row) (bool, error) {
	for leaf, want := range r.where {
		if v, _ := row.Get(leaf); plain(v) != want {
			return false, nil
		}
	}
	if r.keep == nil {
		return true, nil
	}
	v, err := runJQ(ctx, r.keep, row.Visible())
	if err != nil {
		return false, fmt.Errorf("keep: %w", err)
	}
	return v != nil && v != false, nil
}

// runJQ returns the first result of an expression, or nil.
func runJQ(ctx context.Context, code *gojq.Code, members map[string]any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, jqTime)
	defer cancel()
	v, ok := code.RunWithContext(ctx, members).Next()
	if err, failed := v.(error); ok && failed {
		return nil, err
	}
	return v, nil
}

// top picks the rows with the largest numbers in a leaf.
type top documentTop

func (t top) begin(form.Values) chosen { return &largest{top: t} }

type largest struct {
	top
	best []numbered // largest first; of equal ones the first
}

type numbered struct {
	number float64
	row    yang.Row
}

func (l *largest) offer(row yang.Row) {
	v, _ := row.Get(l.By)
	number, err := strconv.ParseFloat(plain(v), 64)
	if err != nil {
		return
	}
	at, _ := slices.BinarySearchFunc(l.best, number, func(n numbered, than float64) int {
		if n.number >= than { // an equal one that came before stays before
			return -1
		}
		return 1
	})
	if at == l.Rows {
		return
	}
	l.best = slices.Insert(l.best, at, numbered{number, row})
	l.best = l.best[:min(len(l.best), l.Rows)]
}

func (l *largest) rows() []yang.Row {
	rows := make([]yang.Row, len(l.best))
	for i, n := range l.best {
		rows[i] = n.row
	}
	return rows
}

// longest picks the rows whose prefix holds the address, or the prefix, of an input and is the
// longest that does, as a router chooses a route.
type longest struct{ leaf, input string }

func (l longest) begin(values form.Values) chosen {
	return &covering{leaf: l.leaf, of: prefix(values[l.input])}
}

// maxEqual bounds the routes to one prefix.
const maxEqual = 1000

type covering struct {
	leaf string
	of   netip.Prefix
	bits int
	best []yang.Row
}

func (c *covering) offer(row yang.Row) {
	v, _ := row.Get(c.leaf)
	p := prefix(plain(v))
	switch {
	case !c.of.IsValid() || !p.IsValid() || p.Bits() > c.of.Bits() || !p.Contains(c.of.Addr()), p.Bits() < c.bits:
		return
	case p.Bits() > c.bits:
		c.bits, c.best = p.Bits(), nil
	}
	if len(c.best) < maxEqual {
		c.best = append(c.best, row)
	}
}

func (c *covering) rows() []yang.Row { return c.best }

// prefix reads a prefix, or an address as the prefix of it alone; neither is the zero one.
func prefix(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// suggestions checks that what inputs suggest can be asked for.
func (c *Catalog) suggestions() (problems yamlfile.Problems) {
	for _, t := range c.templates {
		for _, in := range t.Inputs {
			if in.Suggest == nil {
				continue
			}
			if err := c.suggestion(*in.Suggest); err != nil {
				problems = append(problems, yamlfile.Problem{File: t.File, Message: fmt.Sprintf("input %s: %v", in.ID, err)})
			}
		}
	}
	return problems
}

func (c *Catalog) suggestion(s form.Suggest) error {
	other, ok := c.byName[s.Query]
	switch {
	case !ok:
		return fmt.Errorf("suggest names the query %q, which isn't there", s.Query)
	case slices.ContainsFunc(other.Inputs, func(in form.Input) bool { return in.Required() && in.Value == "" }):
		return fmt.Errorf("suggest names the query %s, which has inputs of its own", s.Query)
	}
	for _, platform := range slices.Sorted(maps.Keys(other.platforms)) {
		if !slices.ContainsFunc(other.platforms[platform].facts, func(f Fact) bool { return f.Title == s.Fact }) {
			return fmt.Errorf("suggest names the fact %q, which %s doesn't have for %s", s.Fact, other.File, platform)
		}
	}
	return nil
}
