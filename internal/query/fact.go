package query

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"overwatch/internal/redact"
	"overwatch/internal/yamlfile"
)

// Fact is one column of an answer.
type Fact struct {
	Title   string
	Heading bool // it names the row
	State   bool // its words have colours, so it is shown as the row's state
	Varies  bool // it differs with every answer, as an age does, and isn't compared

	names  FactNames
	places []string // where the row may be in the device's data, see variant.places
	secret bool     // its leaf is a password, a key or the like
	from   []string // leaves, the first present one is taken
	jq     *gojq.Code
	as     []step
	words  map[string]string // replaces a whole value
	colour map[string]Colour
}

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
	Text   string `json:"t,omitempty"`
	Colour Colour `json:"c,omitempty"`
}

type documentFact struct {
	Title     string            `yaml:"title"`
	Heading   bool              `yaml:"heading"`
	Volatile  bool              `yaml:"volatile"`
	From      yamlfile.Texts    `yaml:"from"`
	JQ        string            `yaml:"jq"`
	As        yamlfile.Texts    `yaml:"as"`
	Map       map[string]string `yaml:"map"`
	Good      yamlfile.Texts    `yaml:"good"`
	Warning   yamlfile.Texts    `yaml:"warning"`
	Attention yamlfile.Texts    `yaml:"attention"`
}

func (d documentFact) compile() (Fact, error) {
	f := Fact{Title: d.Title, Heading: d.Heading, Varies: d.Volatile, from: d.From, words: d.Map, colour: map[string]Colour{}}
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
		s, err := compileStep(as)
		if err != nil {
			errs = append(errs, fmt.Errorf("fact %q: %w", d.Title, err))
		}
		f.as = append(f.as, s)
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

func compileJQ(src string) (*gojq.Code, error) {
	parsed, err := gojq.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("jq %q: %w", src, err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, fmt.Errorf("jq %q: %w", src, err)
	}
	return code, nil
}

// jqTime bounds one expression on one row.
const jqTime = time.Second

// cell computes the fact for one row.
func (f *Fact) cell(ctx context.Context, row record, now time.Time, mask *redact.Redactor) (Cell, error) {
	value, err := f.value(ctx, row, mask)
	if err != nil {
		return Cell{}, fmt.Errorf("fact %q: %w", f.Title, err)
	}
	if f.secret && value != nil && mask != nil {
		return Cell{redact.Mask, Plain}, nil
	}
	for _, s := range f.as {
		if value == nil {
			break
		}
		value = s.apply(value, row, now)
	}
	text := mask.Text(plain(value))
	if word, ok := f.words[text]; ok {
		text = word
	}
	colour := Plain
	if f.State && text != "" {
		colour = cmp.Or(f.colour[text], f.colour["*"], Plain)
	}
	return Cell{text, colour}, nil
}

// leafIsSecret reports whether one of the leaves is a secret at one of its places.
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

func (f *Fact) value(ctx context.Context, row record, mask *redact.Redactor) (any, error) {
	if f.jq == nil {
		for _, leaf := range f.from {
			if v, ok := row.get(leaf); ok {
				switch v.(type) {
				case map[string]any, []any: // its leaves are known by their own places
					v = mask.Value(v, f.at(leaf)...)
				}
				return v, nil
			}
		}
		return nil, nil
	}
	return runJQ(ctx, f.jq, mask.Members(row.members(), f.places...))
}

// plain says a value in words: blanks around it and control characters are dropped, since devices
// pad their answers; an empty leaf that is there (RFC 7951, 6.9) is a yes.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return oneLine(v)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case []any:
		if len(v) == 1 && v[0] == nil {
			return "yes"
		}
		words := make([]string, 0, len(v))
		for _, item := range v {
			if s := plain(item); s != "" {
				words = append(words, s)
			}
		}
		return strings.Join(words, ", ")
	case map[string]any:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(v)
}

func oneLine(s string) string {
	clean := func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}
	return strings.TrimSpace(strings.Map(clean, s))
}
