package access

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/yamlfile"
)

// document is the file of access rules.
type document struct {
	ForeignSpaces yamlfile.At[string]         `yaml:"foreign-spaces"`
	Rules         []yamlfile.At[documentRule] `yaml:"rules"`
}

type documentRule struct {
	Permit  string         `yaml:"permit"`
	Deny    string         `yaml:"deny"`
	People  yamlfile.Texts `yaml:"people"`
	Spaces  yamlfile.Texts `yaml:"spaces"`
	Queries yamlfile.Texts `yaml:"queries"`
	Devices yamlfile.Texts `yaml:"devices"`
}

// Read reads the rules in a file. The error is a fault of kind Invalid that names every mistake with
// its line.
func Read(file string) (*Policy, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "can't read the access rules " + file,
			Hint: "Set --access to an existing file, or leave it out to permit everyone in the bot's organization.", Cause: err,
		}
	}
	p, err := Parse(file, src)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix the lines listed above."}
	}
	return p, nil
}

// Parse reads rules. file is the name of their file in errors, which are yamlfile.Problems.
func Parse(file string, src []byte) (*Policy, error) {
	var doc document
	if err := yamlfile.Decode(file, src, &doc); err != nil {
		return nil, err
	}
	p := &Policy{source: file}
	var problems yamlfile.Problems
	report := func(line int, format string, args ...any) {
		problems = append(problems, yamlfile.Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
	}
	switch doc.ForeignSpaces.Value {
	case "refuse":
		p.refuseForeign = true
	case "", "allow":
	default:
		report(doc.ForeignSpaces.Line, "foreign-spaces is allow or refuse, not %q", doc.ForeignSpaces.Value)
	}
	for _, d := range doc.Rules {
		r, errs := d.Value.compile(d.Line)
		for _, err := range errs {
			report(d.Line, "%v", err)
		}
		p.rules = append(p.rules, r)
		p.warnings = append(p.warnings, d.Value.warnings(fmt.Sprintf("%s:%d", file, d.Line), r)...)
	}
	if len(doc.Rules) == 0 {
		report(0, "no rules, so nobody could run a query; list at least one under rules:")
	}
	return p, problems.Err()
}

func (d documentRule) compile(line int) (r rule, errs []error) {
	r = rule{name: d.Permit + d.Deny, line: line, permits: d.Permit != ""}
	if (d.Permit == "") == (d.Deny == "") {
		errs = append(errs, errors.New("a rule starts with permit: or deny:, and its name"))
	}
	if r.permits && len(d.People) == 0 {
		errs = append(errs, fmt.Errorf("rule %q permits nobody; name people:, as in [example.com], [organization], or [\"*\"] for everyone who can write to the bot", r.name))
	}
	invalid := func(key string, err error) { errs = append(errs, fmt.Errorf("rule %q: %s: %w", r.name, key, err)) }
	for _, list := range []struct {
		key  string
		from yamlfile.Texts
		into *[]name
	}{{"people", d.People, &r.people}, {"queries", d.Queries, &r.queries}, {"devices", d.Devices, &r.devices}} {
		for _, text := range list.from {
			n, err := newName(text)
			if err == nil && list.key == "devices" && strings.Contains(text, ",") {
				err = fmt.Errorf("%q isn't a device, a group or a pattern; write one entry for each", text)
			}
			if err != nil {
				invalid(list.key, err)
			}
			*list.into = append(*list.into, n)
		}
	}
	for _, text := range d.Spaces {
		s, err := newSpace(text)
		if err != nil {
			invalid("spaces", err)
		}
		r.spaces = append(r.spaces, s)
	}
	return r, errs
}

// warnings says which spaces of a compiled rule are named by their titles: people choose titles, so
// they identify nothing.
func (d documentRule) warnings(place string, r rule) (list []string) {
	for i, s := range r.spaces {
		danger := "a space can be renamed, and then the rule no longer applies"
		if r.permits {
			danger = "anyone can give a space this title, and so gets what the rule permits"
		}
		if s.title != "" {
			list = append(list, fmt.Sprintf("%s: rule %q: spaces: %q is a title: %s; use the id, which overwatch access spaces lists", place, r.name, d.Spaces[i], danger))
		}
	}
	return list
}
