package query

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/yamlfile"
)

// Catalog is a set of templates. It never changes: to change it, load a new one. Safe for concurrent use.
type Catalog struct {
	templates []*Template // favourites first, then by title
	byName    map[string]*Template
	byWord    map[string]*Template // by plainWord
	byFold    map[string]*Template // by Fold; of several the first
	byCLI     map[string]*Template // by the command, whatever its arguments are called
}

// Load compiles every *.yaml of builtin and of the site's own directory, whose files replace those of the
// same name; site may be nil. It returns all problems at once, as yamlfile.Problems.
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
	c := newCatalog()
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
	problems = append(problems, c.checkSuggestions()...)
	problems = append(problems, c.checkCommands()...)
	c.sort()
	return c, problems.Err()
}

func newCatalog() *Catalog {
	return &Catalog{byName: map[string]*Template{}, byWord: map[string]*Template{}, byFold: map[string]*Template{}, byCLI: map[string]*Template{}}
}

// source is a template's text and where it was read from.
type source struct {
	name string
	text []byte
}

// rank orders templates: favourites first.
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
		other, taken := c.byWord[plainWord(w)]
		if taken && other != t {
			problems = append(problems, yamlfile.Problem{
				File: t.File, Message: fmt.Sprintf("the word %q is taken by %s", w, other.File),
			})
			continue
		}
		c.byWord[plainWord(w)] = t
		if _, taken := c.byFold[Fold(w)]; !taken {
			c.byFold[Fold(w)] = t
		}
	}
	for _, command := range t.CLI {
		key := cliArgument.ReplaceAllString(command, "<>")
		if other, taken := c.byCLI[key]; taken && other != t {
			problems = append(problems, yamlfile.Problem{
				File: t.File, Message: fmt.Sprintf("the command %q is taken by %s", command, other.File),
			})
			continue
		}
		c.byCLI[key] = t
	}
	return problems
}

// plainWord returns a word without capital letters and extra blanks, and with blanks for dashes.
func plainWord(words string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(words), "-", " ")), " ")
}

// Fold returns a typed word in the form in which words are compared: without capital letters, extra blanks
// and plural s, and with blanks for dashes.
func Fold(words string) string {
	parts := strings.Fields(plainWord(words))
	for i, p := range parts {
		if len(p) > 2 {
			parts[i] = strings.TrimSuffix(p, "s")
		}
	}
	return strings.Join(parts, " ")
}

// With returns the catalog with a template added, in place of the one of its name if there is one.
func (c *Catalog) With(t *Template) (*Catalog, error) {
	with := newCatalog()
	problems := with.add(t)
	for _, other := range c.templates {
		if other.Name != t.Name {
			problems = append(problems, with.add(other)...)
		}
	}
	problems = append(problems, with.checkSuggestions()...)
	with.sort()
	return with, problems.Err()
}

// Only returns the catalog of the templates for which keep returns true.
func (c *Catalog) Only(keep func(*Template) bool) *Catalog {
	only := newCatalog()
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

// ByWord returns the template of a typed word or group of words. A plural s makes a difference only between
// words that differ by nothing else, as port and ports may.
func (c *Catalog) ByWord(words string) (*Template, bool) {
	if t, ok := c.byWord[plainWord(words)]; ok {
		return t, true
	}
	t, ok := c.byFold[Fold(words)]
	return t, ok
}

// checkSuggestions checks that the queries inputs take their suggestions from exist and need no inputs.
func (c *Catalog) checkSuggestions() (problems yamlfile.Problems) {
	for _, t := range c.templates {
		for _, in := range t.Inputs {
			if in.Suggest == nil {
				continue
			}
			if err := c.checkSuggestion(*in.Suggest); err != nil {
				problems = append(problems, yamlfile.Problem{File: t.File, Message: fmt.Sprintf("input %s: %v", in.ID, err)})
			}
		}
	}
	return problems
}

// checkCommands checks that no command of a template is a word of another one, so that a text means the same
// with show in front and without.
func (c *Catalog) checkCommands() (problems yamlfile.Problems) {
	for _, t := range c.templates {
		for _, command := range t.CLI {
			if other, taken := c.byWord[plainWord(command)]; taken && other != t {
				problems = append(problems, yamlfile.Problem{File: t.File, Message: fmt.Sprintf("the command %q is a word of %s", command, other.File)})
			}
		}
	}
	return problems
}

func (c *Catalog) checkSuggestion(s form.Suggest) error {
	other, ok := c.byName[s.Query]
	switch {
	case !ok:
		return fmt.Errorf("suggest names the query %q, which doesn't exist", s.Query)
	case slices.ContainsFunc(other.Inputs, func(in form.Input) bool { return in.Required() && in.Value == "" }):
		return fmt.Errorf("suggest names the query %s, which needs inputs itself", s.Query)
	}
	for _, platform := range slices.Sorted(maps.Keys(other.platforms)) {
		if !slices.ContainsFunc(other.platforms[platform].facts, func(f Fact) bool { return f.Title == s.Fact }) {
			return fmt.Errorf("suggest names the fact %q, which %s doesn't have for %s", s.Fact, other.File, platform)
		}
	}
	return nil
}

// Support returns a Markdown table of the queries, with the platforms of each and the first release that
// has its data, if the template names one.
func (c *Catalog) Support() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %-14s | %s |\n|%s|---|\n", "query", "platforms", strings.Repeat("-", 16))
	for _, t := range slices.SortedFunc(slices.Values(c.templates), func(a, b *Template) int { return strings.Compare(a.Word(), b.Word()) }) {
		var needs []string
		for _, p := range t.Platforms() {
			if since := t.Since(p); since != "" {
				p += " (" + since + " or later)"
			}
			needs = append(needs, p)
		}
		fmt.Fprintf(&b, "| %-14s | %s |\n", t.Word(), strings.Join(needs, ", "))
	}
	return b.String()
}
