// Package access decides who may ask what, where, and of which devices.
//
// It is core: it reads rules, compares and answers, and knows neither Webex nor a network. The bot
// asks it before a device is asked and before anything is offered; overwatch access explains it.
package access

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/chat"
	"overwatch/internal/inventory"
)

// Asker is a person in a space.
type Asker struct {
	Person chat.Person
	Room   chat.Room
}

// Query is what somebody asks.
type Query struct{ Name, Group string }

// Policy is a set of rules. It never changes.
type Policy struct {
	source string // the file, for people; empty without one
	rules  []rule
	// refuseForeign keeps the bot silent in spaces with people of other organizations.
	refuseForeign bool
}

// rule is one permission or one ban. An empty list fits everything.
type rule struct {
	name    string
	line    int
	permits bool
	people  []pattern
	spaces  []pattern
	queries []pattern
	devices []string
}

// pattern is a word of a rule, in lower case.
type pattern string

// Words with a meaning of their own.
const (
	organization pattern = "organization" // people of the bot's own
	direct       pattern = "direct"       // spaces of one person and the bot
	group        pattern = "group"        // spaces of several
)

// Default returns the policy of a bot without rules: people of its own organization may ask
// everything, and nobody else anything.
func Default() *Policy {
	return &Policy{rules: []rule{{name: "the bot's own organization", permits: true, people: []pattern{organization}}}}
}

// Everything returns the policy of the terminal: who may start the program with its logins may ask
// all that they allow.
func Everything() *Policy { return &Policy{rules: []rule{{name: "the terminal", permits: true}}} }

// Needs is what has to be known of an asker before a policy can decide.
type Needs struct {
	Email   bool // of the person
	Org     bool // of the person
	Kind    bool // of the space: direct or not
	Title   bool // of the space
	Foreign bool // whether there are people of other organizations in the space
}

// Needs returns what the rules look at.
func (p *Policy) Needs() (n Needs) {
	n.Foreign = p.refuseForeign
	for _, r := range p.rules {
		n.Org = n.Org || slices.Contains(r.people, organization)
		n.Email = n.Email || slices.ContainsFunc(r.people, func(x pattern) bool { return x != organization })
		n.Kind = n.Kind || len(r.spaces) > 0
		n.Title = n.Title || slices.ContainsFunc(r.spaces, func(x pattern) bool { return x != direct && x != group })
	}
	return n
}

// Source returns the file the rules stand in, or nothing without one.
func (p *Policy) Source() string { return p.source }

// Grant is what one asker may do: the rules that are about them.
type Grant struct {
	policy  *Policy
	refused string // why nothing at all may be asked
	rules   []int  // of the policy, in its order
}

// For returns what an asker may do, in a bot of organization org.
func (p *Policy) For(a Asker, org string) Grant {
	g := Grant{policy: p}
	if p.refuseForeign && a.Room.Foreign {
		g.refused = "there are people of other organizations in this space"
		return g
	}
	for i, r := range p.rules {
		if ok, _ := r.about(a, org); ok {
			g.rules = append(g.rules, i)
		}
	}
	return g
}

// Key is the same for askers who may do the same.
func (g Grant) Key() string { return fmt.Sprint(g.refused, g.rules) }

// Refused returns why this asker may ask nothing whatever the query, or nothing.
func (g Grant) Refused() string {
	switch {
	case g.refused != "":
		return g.refused
	case !slices.ContainsFunc(g.rules, func(i int) bool { return g.policy.rules[i].permits }):
		return "no rule lets you ask anything here"
	}
	return ""
}

// Decision is what came of a question.
type Decision struct {
	Permitted bool
	Rule      string // its name; empty when none fits
	Line      int    // of the policy's file
}

// Decide says whether a query may be asked of a device: the first rule that fits decides, and without
// one the answer is no.
func (g Grant) Decide(q Query, d inventory.Device) Decision {
	if g.refused != "" {
		return Decision{}
	}
	for _, i := range g.rules {
		if r := g.policy.rules[i]; fitsQuery(r.queries, q) && fitsDevice(r.devices, d) {
			return Decision{r.permits, r.name, r.line}
		}
	}
	return Decision{}
}

// May reports whether a query may be asked of a device.
func (g Grant) May(q Query, d inventory.Device) bool { return g.Decide(q, d).Permitted }

// about reports whether a rule is about an asker, or says what doesn't fit.
func (r rule) about(a Asker, org string) (fits bool, why string) {
	switch {
	case !fitsPerson(r.people, a.Person, org):
		return false, "it isn't about this person"
	case !fitsSpace(r.spaces, a.Room):
		return false, "it isn't about this space"
	}
	return true, ""
}

func fitsPerson(list []pattern, p chat.Person, org string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(x pattern) bool {
		switch {
		case x == organization:
			return org != "" && p.Org == org
		case x == "*":
			return true
		case !strings.Contains(string(x), "@"):
			_, domain, ok := strings.Cut(p.Email, "@")
			return ok && x.fits(domain)
		}
		return p.Email != "" && x.fits(p.Email)
	})
}

func fitsSpace(list []pattern, s chat.Room) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(x pattern) bool {
		switch x {
		case direct:
			return s.Direct
		case group:
			return !s.Direct
		}
		// A direct space bears the name of a person, who may call themselves what they like.
		return string(x) == strings.ToLower(s.ID) || (!s.Direct && x.fits(s.Title))
	})
}

func fitsQuery(list []pattern, q Query) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(x pattern) bool {
		if name, ok := strings.CutPrefix(string(x), "group:"); ok {
			return pattern(name).fits(q.Group)
		}
		return x.fits(q.Name)
	})
}

func fitsDevice(list []string, d inventory.Device) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(x string) bool { return inventory.Fits(x, d) })
}

func (x pattern) fits(name string) bool { return inventory.Match(string(x), name) }

// Step is what one rule has to do with a question.
type Step struct {
	Rule    string
	Line    int
	Permits bool
	Fits    bool
	Why     string // it doesn't fit
}

// Explain goes through the rules as Decide does, up to the one that decides.
func (p *Policy) Explain(a Asker, org string, q Query, d inventory.Device) (steps []Step) {
	if p.refuseForeign && a.Room.Foreign {
		return []Step{{Rule: "foreign-spaces: refuse", Fits: true, Why: "somebody in the space is of another organization"}}
	}
	for _, r := range p.rules {
		s := Step{Rule: r.name, Line: r.line, Permits: r.permits}
		about, why := r.about(a, org)
		switch {
		case !about:
			s.Why = why
		case !fitsQuery(r.queries, q):
			s.Why = "it isn't about this query"
		case !fitsDevice(r.devices, d):
			s.Why = "it isn't about this device"
		default:
			s.Fits = true
		}
		steps = append(steps, s)
		if s.Fits {
			break
		}
	}
	return steps
}
