package phrase

import (
	"cmp"
	"slices"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// Grammar is what a person may type: the queries and devices in scope. Safe for concurrent use.
type Grammar struct {
	catalog   *query.Catalog
	inventory *inventory.Inventory
	names     []string // that people address the bot by
	root      *node
	commands  map[string]*query.Template // without arguments, as query.Fold has them
	shares    map[string][]Choice        // words that the words of queries end in, as those of bgp neighbors do
}

// New returns the grammar of some queries and devices, for a bot that people address by these names.
func New(catalog *query.Catalog, devices *inventory.Inventory, names []string) *Grammar {
	g := &Grammar{catalog: catalog, inventory: devices, names: names, root: newTree(catalog), commands: map[string]*query.Template{}, shares: map[string][]Choice{}}
	for _, t := range catalog.All() {
		for _, c := range t.CLI {
			if len(argumentsOf(c)) == 0 && strings.Contains(c, " ") {
				g.commands[query.Fold(c)] = t
			}
		}
		for _, w := range t.Words {
			folded := query.Fold(w)
			last := folded[strings.LastIndex(folded, " ")+1:]
			if list := g.shares[last]; last != folded && (len(list) == 0 || list[len(list)-1].Query != t) {
				g.shares[last] = append(list, Choice{w, t})
			}
		}
	}
	return g
}

// plan is one way to read words: the query that some of them name, what this gives its inputs and its filter,
// and the words that are left.
type plan struct {
	query      *query.Template
	used       int // how many words name the query
	inputs     map[string]any
	conditions []query.Condition
	free       string // an argument that could be any word, as in show vrf MGMT
	next       string // the word behind those that name the query
	rest       []string
}

// Limits of how a text is read.
const (
	longest  = 4  // how many words a word or a command has
	maxPlans = 24 // how many ways to read a text are tried
)

// plans returns the ways to read words, the ones that use most words first. The command at the beginning goes
// before words anywhere.
func (g *Grammar) plans(words []string, command *plan, asked bool) []plan {
	var list []plan
	if command != nil {
		list = append(list, *command)
	}
	for n := min(longest, len(words)); n > 0; n-- {
		first := len(list)
		for i := 0; i+n <= len(words) && len(list) < maxPlans; i++ {
			if t, ok := g.named(strings.Join(words[i:i+n], " ")); ok {
				list = append(list, plan{query: t, used: n, conditions: implied(t, words[i:i+n]), rest: slices.Concat(words[:i], words[i+n:])})
				if i+n < len(words) {
					list[len(list)-1].next = words[i+n]
				}
				if last := len(list) - 1; hasInput(t, list[first].rest, words[i:i+n]) {
					list[first], list[last] = list[last], list[first]
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b plan) int { return cmp.Compare(b.used, a.used) })
	for _, p := range slices.Clone(list) {
		list = append(list, g.freely(p)...)
	}
	for _, p := range slices.Clone(list) {
		if several, ok := g.plural(p, words); ok && asked {
			list = append(list, several)
		}
	}
	if len(list) == 0 {
		list = g.interfaces(words)
	}
	return append(list, g.addresses(words)...)
}

// plural returns the plan for the query that lists what the query of p shows one of, as ports and port.
func (g *Grammar) plural(p plan, words []string) (plan, bool) {
	for _, w := range words {
		one, ok := g.catalog.ByWord(w)
		several, known := g.catalog.ByWord(w + "s")
		if ok && known && one == p.query && several != one && p.used == 1 {
			p.query, p.conditions, p.free = several, nil, ""
			return p, true
		}
	}
	return p, false
}

// general returns the plans in which a word that several queries share names one of them, as neighbors does: the
// other words may fit one of them only.
func (g *Grammar) general(words []string) (list []plan) {
	for i, w := range words {
		if slices.Contains(words[:i], w) {
			continue
		}
		for _, c := range g.called(w) {
			list = append(list, plan{query: c.Query, used: 1, rest: slices.Concat(words[:i], words[i+1:])})
		}
	}
	return list
}

// implied returns the condition that the words for a query have beside the query, as temperature has.
func implied(t *query.Template, words []string) []query.Condition {
	for _, w := range words {
		if c, ok := valueOf(t, w, false); ok {
			return []query.Condition{c}
		}
	}
	return nil
}

// titled are the facts that hold names which people give.
var titled = []string{"VRF", "List"}

// freely returns the plan in which the word behind the query's is the name of what the query lists, as in does
// r1 have a vrf MGMT.
func (g *Grammar) freely(p plan) []plan {
	if p.free != "" {
		return nil
	}
	title := ""
	for _, f := range p.query.Facts(p.query.Platforms()[0]) {
		if f.Heading && slices.Contains(titled, f.Title) {
			title = f.Title
		}
	}
	at := slices.Index(p.rest, p.next)
	if title == "" || at < 0 || isAddress(p.next) || meansElse(p.next) || g.isDevice(p.next) {
		return nil
	}
	p.free, p.rest = p.next, slices.Concat(p.rest[:at], p.rest[at+1:])
	p.conditions = append(slices.Clone(p.conditions), query.Condition{Fact: strings.ToLower(title), Op: "=", Want: p.free})
	return []plan{p}
}

// addresses returns the plan for words with a MAC address in which nothing else names a query.
func (g *Grammar) addresses(words []string) []plan {
	p, _ := g.command([]string{"mac", "address-table"}, true, true)
	if p == nil || !slices.ContainsFunc(words, func(w string) bool { return kindOf(w) == aMAC }) {
		return nil
	}
	p.used, p.rest = 0, words
	return []plan{*p}
}

// interfaces returns the plan for words that name an interface and no query.
func (g *Grammar) interfaces(words []string) []plan {
	if g.shared(words) != "" {
		return nil
	}
	words = joined(words, never)
	for i, word := range words {
		if kindOf(word) != anInterface || g.isDevice(word) {
			continue
		}
		if p, _ := g.command([]string{"interfaces", word}, true, true); p != nil {
			p.used, p.rest = 1, slices.Concat(words[:i], words[i+1:])
			return []plan{*p}
		}
	}
	return nil
}

// named returns the query of words that are one of its words or commands in full.
func (g *Grammar) named(words string) (*query.Template, bool) {
	if t, ok := g.catalog.ByWord(words); ok {
		return t, true
	}
	t, ok := g.commands[query.Fold(words)]
	return t, ok
}

// hasInput reports whether a query has an input of the name of a word that another query has as well, as in
// 10.1.1.1 vrf MGMT route.
func hasInput(t *query.Template, others, own []string) bool {
	return slices.ContainsFunc(t.Inputs, func(in form.Input) bool {
		return slices.ContainsFunc(others, func(w string) bool { return strings.EqualFold(w, in.ID) }) && !slices.ContainsFunc(own, func(w string) bool { return strings.EqualFold(w, in.ID) })
	})
}

// command returns the plan of a command at the beginning of words, or nil. shown is whether show stood in
// front, strict whether there is no prose in between.
func (g *Grammar) command(words []string, shown, strict bool) (*plan, walk) {
	least := 2
	if shown {
		least = 1
	}
	w := g.root.walk(words, least, func(word string) bool { return g.isDevice(word) || !strict && prose[strings.ToLower(word)] })
	if w.ends == nil || !shown && !g.startsCommand(words) {
		return nil, w
	}
	p := &plan{query: w.ends.ends.query, used: w.count, inputs: map[string]any{}, rest: w.rest()}
	for i, name := range w.ends.ends.arguments {
		value := w.values[i]
		if slices.ContainsFunc(p.query.Inputs, func(in form.Input) bool { return in.ID == name }) {
			p.inputs[name] = value
			continue
		}
		if kindOfFact(name) == anyWord {
			p.free = value
		}
		p.conditions = append(p.conditions, query.Condition{Fact: strings.ToLower(name), Op: "=", Want: value})
	}
	if p.free != "" && !shown {
		return nil, w
	}
	// A query that serves ip and ipv6 has the rows of both.
	if typed := strings.Join(w.ends.words, " "); strings.HasPrefix(typed, "ipv6 ") && slices.Contains(p.query.CLI, "ip "+strings.TrimPrefix(typed, "ipv6 ")) {
		if c, ok := valueOf(p.query, "ipv6", false); ok {
			p.conditions = append(p.conditions, c)
		}
	}
	return p, w
}

// startsCommand reports whether words without show in front may begin a command: the first that isn't a device
// means nothing else.
func (g *Grammar) startsCommand(words []string) bool {
	for _, w := range words {
		if g.isDevice(w) {
			continue
		}
		lower := strings.ToLower(w)
		return lower == "ip" || len(w) > 1 && !noise[lower] && !negations[lower] && !good[lower] && !bad[lower] && !yesNo[lower] && !asks[lower]
	}
	return false
}

// isDevice reports whether a word names a device or devices by itself: in full, or with the kind of a group or
// a pattern.
func (g *Grammar) isDevice(word string) bool {
	if _, ok := g.inventory.Get(word); ok {
		return true
	}
	if !strings.ContainsAny(word, ":*?[") {
		return false
	}
	_, err := g.inventory.Select(word)
	return err == nil
}
