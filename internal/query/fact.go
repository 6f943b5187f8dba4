package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/itchyny/gojq"

	"overwatch/internal/redact"
)

// Fact is one column of a result.
type Fact struct {
	Title   string
	Heading bool // it names the row
	State   bool // its words have colours, so it is shown as the row's state
	Varies  bool // it changes all the time, as an age does, and isn't compared
	Brief   bool // it stands in the one line that a row of many gets

	names  FactNames
	places []string // paths at which its leaves may be in the device's data, see variant.places
	secret bool     // one of its leaves holds a password, a key or the like
	from   []string // leaves; the first that has a value is taken
	jq     *gojq.Code
	as     []step
	unit   string            // of the numbers in files
	words  map[string]string // replaces a whole value
	colour map[string]Colour
}

// column is the fact's column in a file.
func (f *Fact) column() column { return column{f.Title, f.unit} }

// Colour is how good a state is. Its values are the colours of an Adaptive Card.
type Colour string

// The colours.
const (
	Plain     Colour = "Default"
	Good      Colour = "Good"
	Warning   Colour = "Warning"
	Attention Colour = "Attention"
)

// Cell is the value of one fact in one row. An absent value is an empty Text.
type Cell struct {
	Text   string `json:"t,omitempty"` // one line, for people
	Colour Colour `json:"c,omitempty"`
	Raw    any    `json:"r,omitempty"` // for programs: a json.Number, a bool or a string; nil when Text says it all
}

// Value returns the cell's value for programs: a json.Number, a bool or a string, or nil for an absent one.
func (c Cell) Value() any {
	switch {
	case c.Raw != nil:
		return c.Raw
	case c.Text == "":
		return nil
	}
	return c.Text
}

func (d documentFact) compile() (Fact, error) {
	f := Fact{Title: d.Title, Heading: d.Heading, Varies: d.Volatile, Brief: d.Brief, from: d.From, words: d.Map, colour: map[string]Colour{}}
	var errs []error
	if d.Title == "" {
		errs = append(errs, errors.New("a fact has no title"))
	}
	if (len(d.From) == 0) == (d.JQ == "") {
		errs = append(errs, fmt.Errorf("fact %q needs either from (a leaf) or jq (an expression)", d.Title))
	}
	if d.JQ != "" {
		code, err := compileJQ(d.JQ)
		if err != nil {
			errs = append(errs, fmt.Errorf("fact %q: %w", d.Title, err))
		}
		f.jq = code
	}
	for _, as := range d.As {
		s, unit, err := compileStep(as)
		if err != nil {
			errs = append(errs, fmt.Errorf("fact %q: %w", d.Title, err))
		}
		f.as = append(f.as, s)
		f.unit = cmp.Or(unit, f.unit)
	}
	for _, list := range []struct {
		words  []string
		colour Colour
	}{{d.Good, Good}, {d.Warning, Warning}, {d.Attention, Attention}} {
		for _, w := range list.words {
			f.colour[w] = list.colour
			f.State = true
		}
	}
	return f, errors.Join(errs...)
}

// cell computes the fact for one row. now is the device's time, if it gives one.
func (f *Fact) cell(ctx context.Context, row record, now time.Time, mask *redact.Redactor) (Cell, error) {
	value, err := f.value(ctx, row, now, mask)
	if err != nil {
		return Cell{Colour: Plain}, fmt.Errorf("fact %q: %w", f.Title, err)
	}
	text := plain(value)
	c := Cell{Text: mask.Text(text), Colour: Plain}
	if c.Text == text {
		c.Raw = raw(value)
	}
	if word, ok := f.words[c.Text]; ok {
		c.Text, c.Raw = word, nil
	}
	if f.State && c.Text != "" {
		c.Colour = cmp.Or(f.colour[c.Text], f.colour["*"], Plain)
	}
	return c, nil
}

// leafIsSecret reports whether one of the leaves holds a secret at one of its places.
func (f *Fact) leafIsSecret() bool {
	for _, leaf := range f.from {
		if slices.ContainsFunc(f.at(leaf), redact.Leaf) {
			return true
		}
	}
	return false
}

// at returns the paths at which a leaf may be.
func (f *Fact) at(leaf string) []string {
	paths := make([]string, len(f.places))
	for i, place := range f.places {
		paths[i] = place + "/" + leaf
	}
	return paths
}

// value returns the fact's value after its transforms: of the expression, or of the first leaf that has
// one. A value that transforms leave nothing of, such as a blanked 0.0.0.0, is as good as absent.
func (f *Fact) value(ctx context.Context, row record, now time.Time, mask *redact.Redactor) (any, error) {
	if f.jq != nil {
		v, err := runJQ(ctx, f.jq, mask.Members(row.members(), f.places...))
		return f.transform(v, row, now), err
	}
	for _, leaf := range f.from {
		v, ok := row.get(leaf)
		if ok && f.secret && mask != nil && plain(v) != "" {
			return redact.Mask, nil
		}
		switch v.(type) {
		case map[string]any, []any: // the leaves in it are secrets by their own places
			v = mask.Value(v, f.at(leaf)...)
		}
		if v = f.transform(v, row, now); plain(v) != "" {
			return v, nil
		}
	}
	return nil, nil
}

func (f *Fact) transform(v any, row record, now time.Time) any {
	for _, s := range f.as {
		if v == nil {
			return nil
		}
		v = s.apply(v, row, now)
	}
	return v
}
