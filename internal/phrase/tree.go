package phrase

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/query"
)

// node is a place in the tree of commands: what has been typed up to here.
type node struct {
	words    []string         // that lead here, arguments in angle brackets
	keywords map[string]*node // what may follow
	slots    []*node          // arguments that may follow, by their kind
	takes    kind             // of a slot
	ends     *command         // what is run if nothing follows; nil for nothing
	say      int              // where in unserved the command is, from 1; 0 for not there
}

// command is a command of a template's cli.
type command struct {
	query     *query.Template
	arguments []string // what they are called: ids of inputs or titles of facts
	place     int      // among the commands of the template
}

func newNode(words []string) *node { return &node{words: words, keywords: map[string]*node{}} }

// newTree returns the tree of the commands of all queries, and of those that none can answer.
func newTree(catalog *query.Catalog) *node {
	root := newNode(nil)
	for i, u := range unserved {
		for _, text := range u.commands {
			root.at(&query.Template{}, parts(text)).say = i + 1
		}
	}
	for _, t := range catalog.All() {
		for i, text := range t.CLI {
			n := root.at(t, parts(text))
			n.ends, n.say = &command{t, argumentsOf(text), i}, 0
		}
	}
	return root
}

// parts returns the keywords and arguments of a command. The title of a fact may have blanks.
func parts(text string) (list []string) {
	for i, part := range strings.Split(text, "<") {
		argument, rest, ok := strings.Cut(part, ">")
		if i > 0 && ok {
			list = append(list, "<"+argument+">")
			part = rest
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}

func argumentsOf(text string) (list []string) {
	for _, p := range parts(text) {
		if strings.HasPrefix(p, "<") {
			list = append(list, strings.Trim(p, "<>"))
		}
	}
	return list
}

// at returns the node that parts of a command of t lead to; it is made if it isn't there.
func (n *node) at(t *query.Template, parts []string) *node {
	if len(parts) == 0 {
		return n
	}
	first, words := parts[0], append(slices.Clone(n.words), parts[0])
	if !strings.HasPrefix(first, "<") {
		if n.keywords[first] == nil {
			n.keywords[first] = newNode(words)
		}
		return n.keywords[first].at(t, parts[1:])
	}
	takes := kindOfArgument(t, strings.Trim(first, "<>"))
	i := slices.IndexFunc(n.slots, func(s *node) bool { return s.takes == takes })
	if i < 0 {
		slot := newNode(words)
		slot.takes = takes
		n.slots = append(n.slots, slot)
		slices.SortStableFunc(n.slots, func(a, b *node) int { return width(a.takes) - width(b.takes) })
		i = slices.IndexFunc(n.slots, func(s *node) bool { return s.takes == takes })
	}
	return n.slots[i].at(t, parts[1:])
}

// width orders slots: one that takes any word comes last.
func width(k kind) int {
	if k == anyWord {
		return 1
	}
	return 0
}

func kindOfArgument(t *query.Template, name string) kind {
	if i := slices.IndexFunc(t.Inputs, func(in form.Input) bool { return in.ID == name }); i >= 0 {
		return kindOfInput(t.Inputs[i])
	}
	return kindOfFact(name)
}

// clashes are abbreviations that several keywords begin with, and the one that people mean. In front are the
// keywords that lead there.
var clashes = map[string]string{
	"v": "version", "ve": "version", "ip r": "route", "ip ro": "route", "ip b": "bgp", "ip o": "ospf", "ip i": "interface",
	"ip a": "arp", "ip v": "vrf", "ip bgp s": "summary", "ip bgp n": "neighbors", "bgp s": "summary", "bgp n": "neighbors", "ip ospf n": "neighbor",
	"ip ospf i": "interface", "interfaces s": "status", "interfaces st": "status", "interfaces d": "description", "interfaces c": "counters",
	"interfaces t": "transceiver", "interfaces tr": "trunk", "processes c": "cpu", "processes m": "memory", "mac a": "address-table",
	"lo": "logging", "ar": "arp", "me": "memory", "pro": "processes", "ip d": "dhcp",
	"sp": "spanning-tree", "vl": "vlan", "en": "environment", "sw": "switch", "cl": "clock",
	"spanning-tree s": "summary", "ip dhcp s": "snooping", "ip sla s": "summary", "ntp a": "associations", "ntp s": "status", "mac address-table a": "address", "mac address-table i": "interface",
}

// follow returns the node behind the keyword that a word abbreviates. A word in full goes before longer ones
// that begin with it. If several begin with it and clashes has none of them, it returns those.
func (n *node) follow(word string) (next *node, several []string) {
	word = strings.ToLower(word)
	if next := n.inFull(word); next != nil {
		return next, nil
	}
	for _, keyword := range slices.Sorted(maps.Keys(n.keywords)) {
		if strings.HasPrefix(keyword, word) {
			several = append(several, keyword)
		}
	}
	switch len(several) {
	case 0:
		return nil, nil
	case 1:
		return n.keywords[several[0]], nil
	}
	if chosen := n.keywords[clashes[strings.Join(append(slices.Clone(n.words), word), " ")]]; chosen != nil {
		return chosen, nil
	}
	return nil, several
}

// inFull returns the node behind a keyword that is typed in full, in the singular or the plural.
func (n *node) inFull(word string) *node {
	if next := n.keywords[word]; next != nil {
		return next
	}
	for _, keyword := range slices.Sorted(maps.Keys(n.keywords)) {
		if query.Fold(keyword) == query.Fold(word) {
			return n.keywords[keyword]
		}
	}
	return nil
}

// below returns the commands at and below a node, the shortest first, one for each query.
func (n *node) below() (list []*node) {
	var all []*node
	var visit func(*node)
	visit = func(n *node) {
		if n.ends != nil {
			all = append(all, n)
		}
		for _, k := range slices.Sorted(maps.Keys(n.keywords)) {
			visit(n.keywords[k])
		}
		for _, s := range n.slots {
			visit(s)
		}
	}
	visit(n)
	slices.SortStableFunc(all, func(a, b *node) int {
		return cmp.Or(cmp.Compare(len(a.words), len(b.words)), cmp.Compare(a.ends.place, b.ends.place))
	})
	for _, e := range all {
		if !slices.ContainsFunc(list, func(o *node) bool { return o.ends.query == e.ends.query }) {
			list = append(list, e)
		}
	}
	return list
}
