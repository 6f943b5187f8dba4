package query

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"overwatch/internal/yamlfile"
)

// Compile compiles the template in a file's text. The error is yamlfile.Problems: every mistake, with its line.
func Compile(file string, src []byte) (*Template, error) {
	var doc document
	if err := yamlfile.Decode(file, bytes.TrimPrefix(src, []byte("\ufeff")), &doc); err != nil {
		return nil, err
	}
	c := compiler{file: file, inputs: map[string]bool{}}
	t := &Template{
		Name: nameOf(file), File: file, Title: doc.Title.Value, Words: doc.Words.Value, CLI: doc.CLI.Value, Help: doc.Help,
		Group: cmp.Or(doc.Group, "More"), Order: doc.Order, Empty: cmp.Or(doc.Empty, "The device has none."),
		platforms: map[string]*variant{},
	}
	c.words(t, doc)
	for _, in := range doc.Inputs {
		if err := in.Value.Prepare(); err != nil {
			c.say(in.Line, "%v", err)
		}
		if c.inputs[in.Value.ID] {
			c.say(in.Line, "input %s is defined twice", in.Value.ID)
		}
		c.inputs[in.Value.ID] = true
		t.Inputs = append(t.Inputs, in.Value)
	}
	if len(doc.Platforms.Value) == 0 {
		c.say(doc.Platforms.Line, "no platforms; add the requests and facts of at least one, such as ios-xe")
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Platforms.Value)) {
		t.platforms[name] = c.variant(name, doc.Platforms.Value[name], doc.Platforms.Line)
	}
	c.cli(t, doc.CLI.Line)
	return t, c.problems.Err()
}

// nameOf returns the query's name: its file's.
func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

// compiler collects the problems of one file.
type compiler struct {
	file     string
	inputs   map[string]bool
	problems yamlfile.Problems
}

func (c *compiler) say(line int, format string, args ...any) {
	c.problems = append(c.problems, yamlfile.Problem{File: c.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

var wordPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*){0,2}$`)

func (c *compiler) words(t *Template, doc document) {
	if t.Title == "" {
		c.say(doc.Title.Line, "no title; it is the text of the button")
	}
	if len(t.Words) == 0 {
		c.say(doc.Words.Line, "no words; they are what people type")
	}
	for _, w := range t.Words {
		if !wordPattern.MatchString(w) {
			c.say(doc.Words.Line, "word %q must be one to three words of small letters, digits and dashes", w)
		}
	}
}

// cliPattern is keywords and arguments.
var cliPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*| <[^<>]+>)*$`)

// cliArgument is an argument of a command: the id of an input, or the title of a fact.
var cliArgument = regexp.MustCompile(`<([^<>]+)>`)

func (c *compiler) cli(t *Template, line int) {
	titles := t.Titles()
	for _, command := range t.CLI {
		if !cliPattern.MatchString(command) {
			c.say(line, "the command %q must be keywords of small letters, digits and dashes, and arguments such as <vrf>", command)
		}
		for _, m := range cliArgument.FindAllStringSubmatch(command, -1) {
			if !c.inputs[m[1]] && !slices.Contains(titles, m[1]) {
				c.say(line, "the argument <%s> of the command %q is neither an input nor the title of a fact", m[1], command)
			}
		}
	}
}

func (c *compiler) variant(platform string, d documentPlatform, line int) *variant {
	v := &variant{since: d.Since}
	for i, r := range d.Requests {
		req := c.request(r, nil)
		switch {
		case i == 0 && r.Value.Merge != nil:
			c.say(r.Line, "the first request can't have merge: its rows are the result; merge joins the rows of later requests to them")
		case i > 0 && r.Value.Merge == nil:
			c.say(r.Line, "a second request needs merge: {leaf of the first: leaf of this one}, or merge: {} to join its first row to every row")
		case i == 0:
			v.primary = req
		default:
			v.secondary = append(v.secondary, req)
		}
	}
	if len(d.Requests) == 0 {
		c.say(line, "platform %s has no requests", platform)
	}
	if len(d.Facts) == 0 {
		c.say(line, "platform %s has no facts", platform)
	}
	headings, titles := 0, map[string]bool{}
	for _, f := range d.Facts {
		fact, err := f.Value.compile()
		fact.names = namesOfFact(f.Value, f.Line)
		fact.places = v.places()
		fact.secret = fact.leafIsSecret()
		if err != nil {
			c.say(f.Line, "%v", err)
		}
		if titles[fact.Title] {
			c.say(f.Line, "fact %q is defined twice", fact.Title)
		}
		titles[fact.Title] = true
		if fact.Heading {
			headings++
		}
		if headings > 1 && fact.Heading {
			c.say(f.Line, "two facts are headings; a row has one")
		}
		v.facts = append(v.facts, fact)
	}
	return v
}

// request compiles r. A request under or: or also: inherits what it leaves out from outer, the request that
// has it.
func (c *compiler) request(r yamlfile.At[documentRequest], outer *documentRequest) request {
	d := r.Value
	if outer != nil {
		if d.Merge != nil || d.Optional || d.Or != nil || d.Also != nil {
			c.say(r.Line, "a request under or: or also: can't have merge, optional, or or also itself")
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
	c.filters(&req, d, r.Line)
	if d.Rows != "" {
		req.rows = strings.Split(d.Rows, "/")
	}
	if slices.Contains(req.rows, "") {
		c.say(r.Line, "rows %q has an empty part; write the members down to the list, such as definition or arp-vrf/arp-entry", d.Rows)
	}
	if strings.ContainsAny(req.fields, "&?#%") || strings.Count(req.fields, "(") != strings.Count(req.fields, ")") {
		c.say(r.Line, "fields %q isn't of the form a;b(c;d)", d.Fields)
	}
	for _, primary := range slices.Sorted(maps.Keys(d.Merge)) {
		req.merge = append(req.merge, join{primary, d.Merge[primary]})
	}
	req.names = namesOf(d, r.Line)
	for _, other := range d.Or {
		req.or = append(req.or, c.request(other, &d))
	}
	for _, other := range d.Also {
		req.also = append(req.also, c.request(other, &d))
	}
	return req
}

// filters compiles which rows of a request are taken.
func (c *compiler) filters(req *request, d documentRequest, line int) {
	if d.Keep != "" {
		code, err := compileJQ(d.Keep)
		if err != nil {
			c.say(line, "keep: %v", err)
		}
		req.keep = code
	}
	switch {
	case d.Top != nil && d.Longest != nil:
		c.say(line, "a request can have top or longest, not both")
	case d.Top != nil:
		if len(d.Top.By) == 0 || d.Top.Rows < 1 || d.Top.Rows > 1000 {
			c.say(line, "top needs by: a leaf with a number, and rows: 1 to 1000")
		}
		req.pick = top(*d.Top)
	case d.Longest != nil:
		leaf, input, ok := only(d.Longest)
		if !ok || !c.inputs[input] {
			c.say(line, "longest needs one leaf with a prefix and the input with an address, as in {destination-prefix: address}")
		}
		req.pick = longest{leaf, input}
	}
}

// only returns the member of a map that has just one.
func only(m map[string]string) (key, value string, ok bool) {
	for key, value = range m {
		return key, value, len(m) == 1
	}
	return "", "", false
}
