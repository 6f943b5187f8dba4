package query

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"overwatch/internal/inventory"
	"overwatch/internal/yamlfile"
)

// Catalog is a fixed set of templates. To change it, load a new one.
type Catalog struct {
	templates []*Template // favourites first, then by title
	byName    map[string]*Template
	byWord    map[string]*Template
}

// Load compiles every *.yaml of builtin and, file by file, of the site's own directory over it;
// site may be nil. All problems are returned at once, as yamlfile.Problems.
func Load(builtin, site fs.FS) (*Catalog, error) {
	sources := map[string]source{}
	for _, layer := range []struct {
		files fs.FS
		where string
	}{{builtin, "templates/"}, {site, ""}} {
		if layer.files == nil {
			continue
		}
		files, err := fs.Glob(layer.files, "*.yaml")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			src, err := fs.ReadFile(layer.files, file)
			if err != nil {
				return nil, fmt.Errorf("read the template %s: %w", file, err)
			}
			sources[file] = source{layer.where + file, src}
		}
	}
	c := &Catalog{byName: map[string]*Template{}, byWord: map[string]*Template{}}
	var problems yamlfile.Problems
	for _, file := range slices.Sorted(maps.Keys(sources)) {
		t, err := Compile(sources[file].name, sources[file].text)
		var ps yamlfile.Problems
		if errors.As(err, &ps) {
			problems = append(problems, ps...)
			continue
		} else if err != nil {
			return nil, err
		}
		problems = append(problems, c.add(t)...)
	}
	problems = append(problems, c.suggestions()...)
	c.sort()
	return c, problems.Err()
}

type source struct {
	name string
	text []byte
}

func rank(t *Template) int {
	if t.Order == 0 {
		return 1 << 30
	}
	return t.Order
}

func (c *Catalog) add(t *Template) (problems yamlfile.Problems) {
	c.templates = append(c.templates, t)
	c.byName[t.Name] = t
	for _, w := range t.Words {
		other, taken := c.byWord[Fold(w)]
		if taken && other != t {
			problems = append(problems, yamlfile.Problem{
				File: t.File, Message: fmt.Sprintf("the word %q belongs to %s already", w, other.File),
			})
			continue
		}
		c.byWord[Fold(w)] = t
	}
	return problems
}

func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

// Fold makes a typed word comparable: case, blanks and a plural s make no difference.
func Fold(words string) string {
	parts := strings.Fields(strings.ToLower(words))
	for i, p := range parts {
		if len(p) > 2 {
			parts[i] = strings.TrimSuffix(p, "s")
		}
	}
	return strings.Join(parts, " ")
}

// With returns the catalog with one template more, or in the place of the one of its name.
func (c *Catalog) With(t *Template) (*Catalog, error) {
	with := &Catalog{byName: map[string]*Template{}, byWord: map[string]*Template{}}
	problems := with.add(t)
	for _, other := range c.templates {
		if other.Name != t.Name {
			problems = append(problems, with.add(other)...)
		}
	}
	problems = append(problems, with.suggestions()...)
	with.sort()
	return with, problems.Err()
}

// Only returns the catalog of those templates that keep wants, which is the same one when it wants all.
func (c *Catalog) Only(keep func(*Template) bool) *Catalog {
	only := &Catalog{byName: map[string]*Template{}, byWord: map[string]*Template{}}
	for _, t := range c.templates { // in their order
		if keep(t) {
			only.add(t)
		}
	}
	if len(only.templates) == len(c.templates) {
		return c
	}
	return only
}

func (c *Catalog) sort() {
	slices.SortFunc(c.templates, func(a, b *Template) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Title, b.Title))
	})
}

// All returns the templates, favourites first.
func (c *Catalog) All() []*Template { return c.templates }

// Get returns the template of that name.
func (c *Catalog) Get(name string) (*Template, bool) {
	t, ok := c.byName[name]
	return t, ok
}

// ByWord returns the template that a typed word, or several, means.
func (c *Catalog) ByWord(words string) (*Template, bool) {
	t, ok := c.byWord[Fold(words)]
	return t, ok
}

// Similar returns the templates whose words a mistyped one might mean, likeliest first.
func (c *Catalog) Similar(word string, limit int) []*Template {
	type guess struct {
		template *Template
		distance int
	}
	var guesses []guess
	for _, known := range slices.Sorted(maps.Keys(c.byWord)) {
		if d := inventory.Distance(known, Fold(word)); d > 0 {
			guesses = append(guesses, guess{c.byWord[known], d})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(rank(a.template), rank(b.template)))
	})
	var found []*Template
	for _, g := range guesses {
		if len(found) < limit && !slices.Contains(found, g.template) {
			found = append(found, g.template)
		}
	}
	return found
}
