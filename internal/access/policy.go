package access

import (
	"fmt"
	"slices"

	"overwatch/internal/chat"
	"overwatch/internal/inventory"
)

// Policy is a list of rules. It is immutable and safe for concurrent use.
type Policy struct {
	source        string // the file; empty without one
	rules         []rule
	refuseForeign bool // refuse everybody in spaces with people of other organizations
	warnings      []string
}

// rule permits or denies. An empty list matches everything.
type rule struct {
	name    string
	line    int
	permits bool
	people  []name
	spaces  []space
	queries []name
	devices []name
}

// Default returns the policy of a bot without rules: everyone in its organization may run every query,
// and nobody else may run any.
func Default() *Policy {
	return &Policy{rules: []rule{{name: "the bot's own organization", permits: true, people: []name{organization}}}}
}

// Everything returns the policy of the terminal: people who can start the program with its logins may
// run every query.
func Everything() *Policy { return &Policy{rules: []rule{{name: "the terminal", permits: true}}} }

// Needs is what must be known of a subject before a policy can decide.
type Needs struct {
	Email   bool // of the person
	Org     bool // of the person
	Kind    bool // of the space: direct or not
	Title   bool // of the space
	Foreign bool // whether people of other organizations are in the space
}

// Needs returns what the rules look at.
func (p *Policy) Needs() (n Needs) {
	n.Foreign = p.refuseForeign
	for _, r := range p.rules {
		n.Org = n.Org || slices.Contains(r.people, organization)
		n.Email = n.Email || slices.ContainsFunc(r.people, func(x name) bool { return x != organization })
		n.Kind = n.Kind || len(r.spaces) > 0
		n.Title = n.Title || slices.ContainsFunc(r.spaces, func(s space) bool { return s.title != "" })
	}
	return n
}

// Source returns the file with the rules, or "" for a built-in policy.
func (p *Policy) Source() string { return p.source }

// Warnings returns what is allowed in rules but not safe, each with file and line.
func (p *Policy) Warnings() []string { return p.warnings }

// Grant is what one subject may do.
type Grant struct {
	policy  *Policy
	refused string   // why nothing at all may be run
	about   []int    // the rules about this subject, in their order
	why     []string // for each rule of the policy: why it isn't about this subject
}

// For returns what a subject may do. org is the bot's organization.
func (p *Policy) For(s Subject, org string) Grant {
	g := Grant{policy: p}
	if p.refuseForeign && s.Room.Foreign {
		g.refused = "this space has people of other organizations"
		return g
	}
	title := fold(s.Room.Title)
	g.why = make([]string, len(p.rules))
	for i, r := range p.rules {
		switch {
		case !matchesAny(r.people, func(n name) bool { return n.matchesPerson(s.Person, org) }):
			g.why[i] = "other people"
		case !matchesAny(r.spaces, func(x space) bool { return x.matches(s.Room, title) }):
			g.why[i] = r.otherSpaces(s.Room)
		default:
			g.about = append(g.about, i)
		}
	}
	return g
}

// otherSpaces returns why a rule isn't about a space, of which the title or the id may not be known. The
// bot knows both.
func (r rule) otherSpaces(room chat.Room) string {
	for _, s := range r.spaces {
		switch {
		case room.Direct:
		case s.title != "" && room.Title == "":
			return "a space by its title, which isn't given"
		case s.id != "" && room.ID == "":
			return "a space by its id, which isn't given"
		}
	}
	return "other spaces"
}

// matchesAny reports whether an entry of a rule's list matches. An empty list matches everything.
func matchesAny[T any](list []T, matches func(T) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, matches)
}

// Key is equal for subjects who may do the same.
func (g Grant) Key() string { return fmt.Sprint(g.refused, g.about) }

// Refused returns why this subject may run nothing at all, or "".
func (g Grant) Refused() string {
	switch {
	case g.refused != "":
		return g.refused
	case !slices.ContainsFunc(g.about, func(i int) bool { return g.policy.rules[i].permits }):
		return "no access rule lets you run queries here"
	}
	return ""
}

// Silent reports whether the bot doesn't even reply to this subject.
func (g Grant) Silent() bool { return g.refused != "" }

// Decision says whether a query may be run on a device.
type Decision struct {
	Permitted bool
	Rule      string // that decided; "" when none matched
	Line      int    // of the rule in the policy's file
}

// Decide returns the decision for a query on a device: the first rule that matches decides, and
// without one the query is denied.
func (g Grant) Decide(q Query, d inventory.Device) Decision {
	for _, i := range g.about {
		if r := g.policy.rules[i]; r.excludes(q, d) == "" {
			return Decision{r.permits, r.name, r.line}
		}
	}
	return Decision{}
}

// May reports whether a query may be run on a device.
func (g Grant) May(q Query, d inventory.Device) bool { return g.Decide(q, d).Permitted }

// excludes returns why a rule isn't about a query on a device, or "".
func (r rule) excludes(q Query, d inventory.Device) string {
	switch {
	case !matchesAny(r.queries, func(n name) bool { return n.matchesQuery(q) }):
		return "other queries"
	case !matchesAny(r.devices, func(n name) bool { return n.matchesDevice(d) }):
		return "other devices"
	}
	return ""
}

// Step is one rule that was looked at for a decision.
type Step struct {
	Rule    string
	Line    int
	Permits bool
	Why     string // what it is about instead; "" when it matches
}

// Explanation is a decision and the rules up to the one that decided.
type Explanation struct {
	Decision
	Refused string // why nothing at all may be run; then there are no steps
	Steps   []Step
}

// Explain returns what Decide returns, and why.
func (g Grant) Explain(q Query, d inventory.Device) Explanation {
	e := Explanation{Decision: g.Decide(q, d), Refused: g.refused}
	if e.Refused != "" {
		return e
	}
	for i, r := range g.policy.rules {
		s := Step{Rule: r.name, Line: r.line, Permits: r.permits, Why: g.why[i]}
		if s.Why == "" {
			s.Why = r.excludes(q, d)
		}
		e.Steps = append(e.Steps, s)
		if s.Why == "" {
			break
		}
	}
	return e
}
