package cards

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Set holds the loaded and checked cards of a program. It is immutable and safe for concurrent use.
type Set struct {
	cards map[string]*card
}

type card struct {
	file     string // as errors name it
	template *Template
	samples  []Sample
}

// Sample is data that a card can be expanded with, to be seen or tested.
type Sample struct {
	// Name is "default" for NAME.data.json and VARIANT for NAME.VARIANT.data.json; a site's own
	// samples have "site/" before it.
	Name string
	Data json.RawMessage // not to be changed
}

// Load reads the built-in cards and, file by file, a site's own over them; overlay may be nil.
// An overlay holds NAME.json for built-in names, and samples of its own (NAME.data.json,
// NAME.VARIANT.data.json), which are tried besides the built-in ones; any other file is refused,
// since it's more likely a typing error than an intention, but for names that begin with a dot.
//
// All cards are compiled, expanded with every sample and checked. The problems of all files are
// returned at once, joined: each an *Error.
func Load(overlay fs.FS) (*Set, error) { return load(builtin, overlay) }

func load(builtin, overlay fs.FS) (*Set, error) {
	l := &loader{set: &Set{cards: map[string]*card{}}}
	l.read(builtin, layer{file: "built-in "})
	if overlay != nil {
		l.read(overlay, layer{sample: "site/", known: l.set.Names()})
	}
	for _, name := range l.set.Names() {
		l.try(name)
	}
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	return l.set, nil
}

// layer is how the files of one source are named and what it may hold.
type layer struct {
	file, sample string   // what stands before the names of files and of samples
	known        []string // the only cards it may hold; nil for any
}

type loader struct {
	set      *Set
	problems []error
}

func (l *loader) refuse(file, format string, args ...any) {
	l.problems = append(l.problems, place{file: file}.errorf(format, args...))
}

// read takes the files of one layer into the set.
func (l *loader) read(source fs.FS, from layer) {
	entries, err := fs.ReadDir(source, ".")
	if err != nil {
		l.refuse(from.file+"cards", "the directory can't be read: %s", err)
		return
	}
	for _, entry := range entries {
		file := from.file + entry.Name()
		if strings.HasPrefix(entry.Name(), ".") { // editors and mounted volumes leave such
			continue
		}
		name, sample, ok := split(entry.Name())
		if entry.IsDir() || !ok {
			l.refuse(file, "this is neither a card (NAME.json) nor a sample (NAME.data.json, NAME.VARIANT.data.json)")
			continue
		}
		if from.known != nil && !slices.Contains(from.known, name) {
			l.refuse(file, "there is no card %s to lay this over, only %s", name, strings.Join(from.known, ", "))
			continue
		}
		src, err := fs.ReadFile(source, entry.Name())
		if err != nil {
			l.refuse(file, "can't be read: %s", err)
			continue
		}
		c := l.set.cards[name]
		if c == nil {
			c = &card{}
			l.set.cards[name] = c
		}
		if sample == "" {
			l.template(c, file, src)
		} else {
			l.sample(c, file, from.sample+sample, src)
		}
	}
}

// split takes a file's name apart; sample is empty for a card.
func split(file string) (name, sample string, ok bool) {
	stem, isJSON := strings.CutSuffix(file, ".json")
	if !isJSON {
		return "", "", false
	}
	stem, isSample := strings.CutSuffix(stem, ".data")
	name, variant, hasVariant := strings.Cut(stem, ".")
	if name == "" || hasVariant && (!isSample || variant == "" || variant == defaultSample || strings.Contains(variant, ".")) {
		return "", "", false
	}
	switch {
	case hasVariant:
		return name, variant, true
	case isSample:
		return name, defaultSample, true
	}
	return name, "", true
}

// defaultSample is the name of the sample in NAME.data.json.
const defaultSample = "default"

func (l *loader) template(c *card, file string, src []byte) {
	t, err := Compile(file, src)
	if err != nil {
		l.problems = append(l.problems, flatten(err)...)
	}
	c.file, c.template = file, t
}

func (l *loader) sample(c *card, file, name string, src []byte) {
	if err := checkSyntax(file, src); err != nil {
		l.problems = append(l.problems, err)
		return
	}
	c.samples = append(c.samples, Sample{Name: name, Data: src})
}

// try expands a card with all its samples.
func (l *loader) try(name string) {
	c := l.set.cards[name]
	if c.file == "" {
		l.refuse("built-in "+name+".json", "the samples have no card")
		return
	}
	slices.SortStableFunc(c.samples, func(a, b Sample) int {
		return compareSamples(a.Name, b.Name)
	})
	if !slices.ContainsFunc(c.samples, func(s Sample) bool { return s.Name == defaultSample }) {
		l.refuse(c.file, "the card has no sample %s.data.json", name)
	}
	if c.template == nil {
		return
	}
	for _, s := range c.samples {
		_, err := c.expand(s.Data)
		for _, problem := range flatten(err) {
			var e *Error
			if errors.As(problem, &e) {
				e.Say = fmt.Sprintf("with sample %s: %s", s.Name, e.Say)
			}
			l.problems = append(l.problems, problem)
		}
	}
}

// compareSamples puts the default one first.
func compareSamples(a, b string) int {
	if (a == defaultSample) != (b == defaultSample) {
		if a == defaultSample {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// flatten returns the errors that were joined into err.
func flatten(err error) []error {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return []error{err}
}

// expand fills and checks the card.
func (c *card) expand(data any) (json.RawMessage, error) {
	expanded, err := c.template.Expand(data)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, p := range Check(expanded) {
		problems = append(problems, &Error{File: c.file, Pointer: p.Pointer, Say: p.Say})
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return expanded, nil
}

// Names returns the cards' names, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.cards)) }

// Samples returns a card's samples, the default one first; none if there is no such card.
func (s *Set) Samples(name string) []Sample {
	c := s.cards[name]
	if c == nil {
		return nil
	}
	return slices.Clone(c.samples)
}

// Expand fills the named card with data, which is anything that encoding/json encodes to an
// object, and checks the outcome (see Check). The errors are *Error, joined if the check found
// several: with line and column, the pointer leads into the template; without, into the expanded
// card.
func (s *Set) Expand(name string, data any) (json.RawMessage, error) {
	c := s.cards[name]
	if c == nil {
		return nil, place{file: name + ".json"}.errorf("there is no such card, only %s", strings.Join(s.Names(), ", "))
	}
	return c.expand(data)
}
