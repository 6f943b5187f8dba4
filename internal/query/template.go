// Package query knows what can be asked: it compiles query templates, asks devices with them, and
// turns the answers into rows of cells.
//
// A template is a YAML file (the README's "Add a query" explains it); everything that can be wrong
// with one is found when it is loaded. The package is core: it sees devices only through
// Fetcher, knows no transport and no cards, and the bot and the renderer may import it.
package query

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"overwatch/internal/form"
	"overwatch/internal/yamlfile"
)

// Template is one compiled query: one button, one typed word.
type Template struct {
	Name   string       // the file's name without .yaml
	File   string       // where it came from, for messages
	Title  string       // the button, such as Show VRFs
	Words  []string     // what is typed; the first one stands in the typed equivalent
	Help   string       // one line
	Group  string       // where the button stands among many
	Order  int          // favourites come first, small numbers before large ones; 0 is no favourite
	Inputs []form.Input // beside the device
	Empty  string       // what to say when there are no rows

	platforms map[string]*variant
}

// Word returns the word to type.
func (t *Template) Word() string { return t.Words[0] }

// Platforms returns the platforms the query has a variant for, sorted.
func (t *Template) Platforms() []string { return slices.Sorted(maps.Keys(t.platforms)) }

// Facts returns the columns of an answer of that platform, or nil when the query has none for it.
func (t *Template) Facts(platform string) []Fact {
	if v := t.platforms[platform]; v != nil {
		return v.facts
	}
	return nil
}

// variant is how one platform is asked.
type variant struct {
	primary   request   // its rows are the answer's
	secondary []request // joined to them
	facts     []Fact
}

// request is one GET and the rows in its answer.
type request struct {
	names    Names // what it names in YANG modules
	resource resource
	fields   string
	rows     []string
	where    map[string]string // leaf -> value a row must have
	keep     *gojq.Code        // true for the rows that stay; nil keeps all
	choose   chooser           // picks some of the rows when all have been seen; nil takes each as it comes
	optional bool              // an answer that isn't there is no error
	merge    []join            // for a secondary request: which leaves must be equal; none joins its first row to all
	or       []request         // tried in order while there are no rows
}

// join names a leaf of the primary rows and the leaf of the secondary rows that must equal it.
type join struct{ primary, secondary string }

// The document as it is written.
type document struct {
	Title     yamlfile.At[string]                  `yaml:"title"`
	Words     yamlfile.At[[]string]                `yaml:"words"`
	Help      string                               `yaml:"help"`
	Group     string                               `yaml:"group"`
	Order     int                                  `yaml:"order"`
	Inputs    []yamlfile.At[form.Input]            `yaml:"inputs"`
	Platforms yamlfile.At[map[string]documentAsks] `yaml:"platforms"`
	Empty     string                               `yaml:"empty"`
}

type documentAsks struct {
	Requests []yamlfile.At[documentRequest] `yaml:"requests"`
	Facts    []yamlfile.At[documentFact]    `yaml:"facts"`
}

type documentRequest struct {
	Get      string                         `yaml:"get"`
	Fields   string                         `yaml:"fields"`
	Rows     string                         `yaml:"rows"`
	Where    map[string]string              `yaml:"where"`
	Keep     string                         `yaml:"keep"`
	Top      *documentTop                   `yaml:"top"`
	Longest  map[string]string              `yaml:"longest"`
	Merge    map[string]string              `yaml:"merge"`
	Optional bool                           `yaml:"optional"`
	Or       []yamlfile.At[documentRequest] `yaml:"or"`
}

type documentTop struct {
	By   string `yaml:"by"`
	Rows int    `yaml:"rows"`
}

// Compile reads one template. The error is yamlfile.Problems: everything that is wrong, with lines.
func Compile(file string, src []byte) (*Template, error) {
	var doc document
	if err := yamlfile.Decode(file, bytes.TrimPrefix(src, []byte("\ufeff")), &doc); err != nil {
		return nil, err
	}
	c := compiler{file: file, inputs: map[string]bool{}}
	t := &Template{
		Name: nameOf(file), File: file, Title: doc.Title.Value, Words: doc.Words.Value, Help: doc.Help,
		Group: cmp.Or(doc.Group, "More"), Order: doc.Order, Empty: cmp.Or(doc.Empty, "Nothing is there."),
		platforms: map[string]*variant{},
	}
	c.names(t, doc)
	for _, in := range doc.Inputs {
		if err := in.Value.Prepare(); err != nil {
			c.say(in.Line, "%v", err)
		}
		if c.inputs[in.Value.ID] {
			c.say(in.Line, "input %s stands twice", in.Value.ID)
		}
		c.inputs[in.Value.ID] = true
		t.Inputs = append(t.Inputs, in.Value)
	}
	if len(doc.Platforms.Value) == 0 {
		c.say(doc.Platforms.Line, "no platforms; say how at least one is asked, such as ios-xe")
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Platforms.Value)) {
		t.platforms[name] = c.variant(name, doc.Platforms.Value[name], doc.Platforms.Line)
	}
	return t, c.problems.Err()
}

type compiler struct {
	file     string
	inputs   map[string]bool
	problems yamlfile.Problems
}

func (c *compiler) say(line int, format string, args ...any) {
	c.problems = append(c.problems, yamlfile.Problem{File: c.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

var wordPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*){0,2}$`)

func (c *compiler) names(t *Template, doc document) {
	if t.Title == "" {
		c.say(doc.Title.Line, "no title; it is the text of the button")
	}
	if len(t.Words) == 0 {
		c.say(doc.Words.Line, "no words; the first one is what people type")
	}
	for _, w := range t.Words {
		if !wordPattern.MatchString(w) {
			c.say(doc.Words.Line, "word %q must be one to three parts of small letters, digits and dashes", w)
		}
	}
}

func (c *compiler) variant(platform string, asks documentAsks, line int) *variant {
	v := &variant{}
	for i, r := range asks.Requests {
		req := c.request(r, nil)
		switch {
		case i == 0 && r.Value.Merge != nil:
			c.say(r.Line, "the first request's rows are the answer; merge belongs to the ones after it")
		case i > 0 && r.Value.Merge == nil:
			c.say(r.Line, "say how this request's rows belong to the first one's with merge: {leaf there: leaf here}, or merge: {} for one row to all")
		case i == 0:
			v.primary = req
		default:
			v.secondary = append(v.secondary, req)
		}
	}
	if len(asks.Requests) == 0 {
		c.say(line, "platform %s has no requests", platform)
	}
	if len(asks.Facts) == 0 {
		c.say(line, "platform %s has no facts to show", platform)
	}
	headings, titles := 0, map[string]bool{}
	for _, f := range asks.Facts {
		fact, err := f.Value.compile()
		fact.names = namesOfFact(f.Value, f.Line)
		fact.places = v.places()
		fact.secret = fact.leafIsSecret()
		if err != nil {
			c.say(f.Line, "%v", err)
		}
		if titles[fact.Title] {
			c.say(f.Line, "fact %q stands twice", fact.Title)
		}
		titles[fact.Title] = true
		if fact.Heading {
			headings++
		}
		if headings > 1 && fact.Heading {
			c.say(f.Line, "only one fact can be the heading")
		}
		v.facts = append(v.facts, fact)
	}
	return v
}

// places returns the paths at which the leaves of a row may be: those of the rows of each request, and of
// the lists around them.
func (v *variant) places() (list []string) {
	for _, r := range append([]request{v.primary}, v.secondary...) {
		for n := range len(r.names.Rows) + 1 {
			list = append(list, strings.Join(append([]string{r.names.Resource}, r.names.Rows[:n]...), "/"))
		}
	}
	return list
}

// request compiles r; what an alternative leaves out it takes from outer, the request it stands for.
func (c *compiler) request(r yamlfile.At[documentRequest], outer *documentRequest) request {
	d := r.Value
	if outer != nil {
		if d.Merge != nil || d.Optional || d.Or != nil {
			c.say(r.Line, "an alternative under or: takes no merge, optional or or of its own")
		}
		if d.Get == "" {
			d.Get, d.Fields = outer.Get, cmp.Or(d.Fields, outer.Fields)
		}
		d.Rows = cmp.Or(d.Rows, outer.Rows)
		if d.Where == nil {
			d.Where = outer.Where
		}
		d.Keep = cmp.Or(d.Keep, outer.Keep)
		if d.Top == nil && d.Longest == nil {
			d.Top, d.Longest = outer.Top, outer.Longest
		}
	}
	req := request{fields: strings.Join(strings.Fields(d.Fields), ""), where: d.Where, optional: d.Optional}
	p, err := compileResource(d.Get, c.inputs)
	if err != nil {
		c.say(r.Line, "%v", err)
	}
	req.resource = p
	c.choosing(&req, d, r.Line)
	if d.Rows != "" {
		req.rows = strings.Split(d.Rows, "/")
	}
	if slices.Contains(req.rows, "") {
		c.say(r.Line, "rows %q has an empty part; name the members down to the list, such as definition or arp-vrf/arp-entry", d.Rows)
	}
	if strings.ContainsAny(req.fields, "&?#%") || strings.Count(req.fields, "(") != strings.Count(req.fields, ")") {
		c.say(r.Line, "fields %q isn't in the form of a;b(c;d)", d.Fields)
	}
	for _, primary := range slices.Sorted(maps.Keys(d.Merge)) {
		req.merge = append(req.merge, join{primary, d.Merge[primary]})
	}
	req.names = namesOf(d, r.Line)
	for _, alternative := range d.Or {
		req.or = append(req.or, c.request(alternative, &d))
	}
	return req
}
