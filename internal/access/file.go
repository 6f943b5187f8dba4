package access

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/yamlfile"
)

// document is the rules' file.
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
			Hint: "Name an existing file with --access, or none, so that the bot's own organization may ask.", Cause: err,
		}
	}
	p, err := Parse(file, src)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Mend the lines named here."}
	}
	return p, nil
}

// Parse reads rules; file is their file's name in errors, which are yamlfile.Problems.
func Parse(file string, src []byte) (*Policy, error) {
	var doc document
	if err := yamlfile.Decode(file, src, &doc); err != nil {
		return nil, err
	}
	p := &Policy{source: file}
	var problems yamlfile.Problems
	say := func(line int, format string, args ...any) {
		problems = append(problems, yamlfile.Problem{File: file, Line: line, Say: fmt.Sprintf(format, args...)})
	}
	switch doc.ForeignSpaces.Value {
	case "refuse":
		p.refuseForeign = true
	case "", "allow":
	default:
		say(doc.ForeignSpaces.Line, "foreign-spaces is allow or refuse, not %q", doc.ForeignSpaces.Value)
	}
	for _, d := range doc.Rules {
		r, errs := d.Value.compile(d.Line)
		for _, err := range errs {
			say(d.Line, "%v", err)
		}
		p.rules = append(p.rules, r)
	}
	if len(doc.Rules) == 0 {
		say(0, "no rules, so nobody might ask anything; list at least one under rules:")
	}
	return p, problems.Err()
}

func (d documentRule) compile(line int) (r rule, errs []error) {
	r = rule{name: d.Permit + d.Deny, line: line, permits: d.Permit != ""}
	if (d.Permit == "") == (d.Deny == "") {
		errs = append(errs, errors.New("a rule begins with permit: or with deny:, and its name"))
	}
	if r.permits && len(d.People) == 0 {
		errs = append(errs, fmt.Errorf("rule %q permits nobody; name people:, as in [example.com], [organization] or [\"*\"] for everybody who can write to the bot", r.name))
	}
	for _, list := range []struct {
		key  string
		from yamlfile.Texts
		into *[]pattern
	}{{"people", d.People, &r.people}, {"spaces", d.Spaces, &r.spaces}, {"queries", d.Queries, &r.queries}} {
		for _, text := range list.from {
			folded := strings.ToLower(strings.TrimSpace(text))
			if _, err := path.Match(folded, ""); err != nil || folded == "" {
				errs = append(errs, fmt.Errorf("rule %q: %s: %q isn't a pattern", r.name, list.key, text))
			}
			*list.into = append(*list.into, pattern(folded))
		}
	}
	for _, text := range d.Devices {
		if _, err := path.Match(text, ""); err != nil || strings.TrimSpace(text) == "" || strings.Contains(text, ",") {
			errs = append(errs, fmt.Errorf("rule %q: devices: %q isn't a device, a group or a pattern", r.name, text))
		}
		r.devices = append(r.devices, strings.TrimSpace(text))
	}
	return r, errs
}
