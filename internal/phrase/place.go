package phrase

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/query"
)

// sentence is what is known of a text before its query is decided.
type sentence struct {
	shown  bool // it begins with show
	strict bool // it is a command as on a device, without words around it
	asked  bool // it is a question
	yesNo  bool // one that yes or no answers
	exists bool // one that a single row answers with yes
	counts bool // one for a number
	names  func(word string) (*query.Template, bool)
}

// placer gives words a place in the reading of a query.
type placer struct {
	*Reading
	sentence
	conditions []query.Condition
	claims     []query.Condition // of a question that yes or no answers
	word       string            // for the state that is asked for
	title      string            // of the fact that was named last
	negated    string            // a negation that waits for what it is about
	unknown    []string
	states     map[query.Colour][]string // of the query on the platforms of the devices
}

// place gives each of the words of a plan a place, and puts those that have none into Unknown.
func (r *Reading) place(p plan, s sentence, words []string) {
	r.Query, r.Inputs = p.query, maps.Clone(p.inputs)
	if r.Inputs == nil {
		r.Inputs = map[string]any{}
	}
	pl := &placer{Reading: r, sentence: s, conditions: slices.Clone(p.conditions), states: p.query.States(r.platforms(p.query))}
	words = pl.named(joined(words, pl.apart))
	for i := 0; i < len(words); i++ {
		i += pl.take(words[i], words[i+1:])
	}
	if pl.negated != "" { // a word that turns the meaning around is never dropped
		pl.unknown = append(pl.unknown, pl.negated)
	}
	r.Unknown = pl.unknown
	pl.finish()
}

// apart reports whether a word isn't the type of an interface although it reads like one: the title of a fact,
// as in as 65001, and vlan where ports are listed and no interface has to be named.
func (pl *placer) apart(word string) bool {
	if _, ok := titleOf(pl.Query, word); ok || over[strings.ToLower(word)] != "" {
		return true
	}
	wants := slices.ContainsFunc(pl.Query.Inputs, func(in form.Input) bool { return kindOfInput(in) == anInterface })
	return strings.EqualFold(word, "vlan") && pl.lists() && !wants
}

// heading returns the title of the fact that names rows.
func (pl *placer) heading() string {
	for _, f := range pl.Query.Facts(pl.Query.Platforms()[0]) {
		if f.Heading {
			return f.Title
		}
	}
	return ""
}

// partOfTitle reports whether a word is one of the words of a fact's title, as offset is.
func (pl *placer) partOfTitle(word string) bool {
	return slices.ContainsFunc(pl.Query.Titles(), func(title string) bool {
		return slices.ContainsFunc(strings.Fields(title), func(part string) bool { return len(part) > 2 && query.Fold(part) == query.Fold(word) })
	})
}

// lists reports whether the query is about interfaces themselves.
func (pl *placer) lists() bool {
	return slices.ContainsFunc(pl.Query.CLI, func(c string) bool { return c == "interfaces" || strings.HasPrefix(c, "interfaces <") })
}

// has reports whether the query has a fact.
func (pl *placer) has(title string) bool { return slices.Contains(pl.Query.Titles(), title) }

// named gives the word behind an input's id, as in vrf MGMT, to that input. An id at the end has lost its value,
// which isn't the default.
func (pl *placer) named(words []string) []string {
	for _, in := range pl.Query.Inputs {
		if last := len(words) - 1; last >= 0 && in.Value != "" && strings.EqualFold(words[last], in.ID) && pl.Inputs[in.ID] == nil {
			pl.unknown = append(pl.unknown, words[last])
			words = words[:last]
		}
		for i := 0; i+1 < len(words); i++ {
			if strings.EqualFold(words[i], in.ID) && pl.Inputs[in.ID] == nil {
				pl.Inputs[in.ID] = words[i+1]
				words = slices.Concat(words[:i], words[i+2:])
				break
			}
		}
	}
	return words
}

// take places a word, and returns how many of the next words it has placed with it.
func (pl *placer) take(word string, next []string) int {
	lower := strings.ToLower(word)
	if negations[lower] && (pl.negated == "" || pl.negated == "but") {
		pl.negated = word
		return 0
	}
	negated := pl.negated != ""
	add := func(c query.Condition) {
		pl.conditions, pl.negated = append(pl.conditions, c), ""
	}
	if n, ok := pl.compared(word, next, add); ok {
		return n
	}
	if title, ok := titleOf(pl.Query, word); ok {
		pl.title = title
	}
	if n, ok := pl.labelled(word, next, add); ok {
		return n
	}
	if len(next) > 0 && kindOf(next[0]) != anyWord && isLabel(lower) {
		return 0
	}
	value := word
	if pl.strict {
		value = abbreviated(word)
	}
	if c, ok := valueOf(pl.Query, value, negated); ok {
		add(c)
		return 0
	}
	if c, colour, ok := state(pl.states, word, negated); ok && (negated || pl.yesNo && good[lower] || !isNoise(word)) {
		pl.judge(c, colour, word)
		return 0
	}
	switch hasState := len(pl.states) > 0; {
	case hasState || !good[lower] && !bad[lower]:
	case pl.yesNo: // whether it is can't be said
		pl.unknown = append(pl.unknown, word)
		return 0
	case lower == "up" && pl.asked && pl.has("Uptime"):
		return 0
	case judging[lower] && !isNoise(word) && pl.Filter.Empty(): // it may be in a text
		pl.Filter = query.ParseFilter(map[bool]string{true: "exclude "}[negated] + lower)
		pl.negated = ""
		return 0
	}
	if asks[lower] && !pl.asked && !isNoise(word) || lower == "who" && pl.lists() {
		pl.unknown = append(pl.unknown, word)
		return 0
	}
	if pl.lists() && unused[lower] && pl.has("Last change") && pl.has("Admin") && !negated {
		for _, c := range []string{"state = down", "admin = up", "last change > 30d"} {
			condition, _ := query.ParseCondition(c)
			add(condition)
		}
		return 0
	}
	if nouns[lower] && pl.counts && !pl.lists() && query.Fold(pl.heading()) != query.Fold(word) { // ports in a VLAN, say, aren't what the query has rows for
		pl.counts = false
	}
	if isNoise(word) || asks[lower] || pl.asked && (fillers[lower] || existential[lower]) || lower == "show" {
		return 0
	}
	exactDetail := slices.Contains(details, lower) || nouns[lower]
	if nouns[lower] && pl.strict && (len(next) == 0 || kindOf(next[0]) == anyWord) { // as in show ip ospf interface
		pl.unknown = append(pl.unknown, word)
		return 0
	}
	if k := kindOf(word); k != anyWord && !exactDetail {
		if pl.input(word, k) {
			return 0
		}
		if c, ok := argument(pl.Query, word, negated); ok {
			add(c)
			return 0
		}
		if k == anAddress && pl.has("Neighbor") && pl.Filter.Empty() {
			pl.Filter = query.ParseFilter(map[bool]string{true: "exclude "}[negated] + word)
			pl.negated = ""
			return 0
		}
		if k == aNumber && pl.numbered(word, add) {
			return 0
		}
	}
	_, isTitle := titleOf(pl.Query, word)
	if other, ok := pl.names(word); ok && other != pl.Query { // a second query, which isn't run
		isTitle = false
	} else {
		isTitle = isTitle || pl.partOfTitle(word)
	}
	isTitle = isTitle || slices.ContainsFunc(pl.Query.Words, func(w string) bool { return query.Fold(w) == query.Fold(word) })
	switch {
	case (exactDetail || isTitle && !pl.strict) && !negated:
	case !negated && kindOf(word) == anyWord && !slices.ContainsFunc(next, pl.fills) && pl.input(word, anyWord):
	case !negated && (isDetail(word) || pl.strict && len(word) == 1 && beginsDetail(lower)):
	default:
		pl.unknown = append(pl.unknown, word)
	}
	return 0
}

// labelled places a word that says what the next one is: vrf MGMT, area 0, interface Gi1, no description.
func (pl *placer) labelled(word string, next []string, add func(query.Condition)) (int, bool) {
	title, ok := titleOf(pl.Query, word)
	negated := pl.negated != ""
	if negated && !ok && strings.EqualFold(word, "ip") && pl.has("Address") {
		title, ok = "Address", true
	}
	switch {
	case len(next) == 0 && negated && ok: // interfaces without description
		add(query.Condition{Fact: strings.ToLower(title), Op: "=", Want: "none"})
		return 0, true
	case len(next) == 0:
		return 0, false
	case strings.EqualFold(word, "vrf") && !ok:
		pl.unknown = append(pl.unknown, word, next[0])
		return 1, true
	case !ok:
		return 0, false
	}
	switch k := kindOf(next[0]); {
	case strings.EqualFold(word, "vrf"), title == "Admin" && (strings.EqualFold(next[0], "up") || strings.EqualFold(next[0], "down")):
	case title == "Description" && k == anyWord && !pl.strict && !negated && !meansElse(next[0]):
		add(query.Condition{Fact: "description", Op: "~", Want: regexp.QuoteMeta(next[0])})
		return 1, true
	case isQuantity(next[0]) && k == anyWord && !negated:
	case k == aNumber, k == anAddress, k == aMAC, k == anInterface && title != "State":
	case negated && isNoise(next[0]):
		add(query.Condition{Fact: strings.ToLower(title), Op: "=", Want: "none"})
		return 0, true
	default:
		return 0, false
	}
	add(query.Condition{Fact: strings.ToLower(title), Op: negate("=", negated), Want: next[0]})
	return 1, true
}

// compared places a comparison, as in mtu over 1500 or uptime less than 1 day.
func (pl *placer) compared(word string, next []string, add func(query.Condition)) (int, bool) {
	op := over[strings.ToLower(word)]
	at := 0
	if len(next) > 1 && strings.EqualFold(next[0], "than") {
		at = 1
	}
	if op == "" || at >= len(next) || pl.negated != "" {
		return 0, false
	}
	title := pl.title
	for _, m := range measured {
		if title == "" && pl.has(m) {
			title = m
		}
	}
	for n := min(2, len(next)-at); n > 0; n-- {
		want := strings.Join(next[at:at+n], " ")
		if title != "" && isQuantity(want) {
			add(query.Condition{Fact: strings.ToLower(title), Op: op, Want: want})
			return at + n, true
		}
	}
	return 0, false
}

func isQuantity(text string) bool {
	_, ok := query.ParseCondition("x > " + text)
	return ok
}

// titleOf returns the title of the fact that a word names, in the singular or the plural.
func titleOf(t *query.Template, word string) (string, bool) {
	word = query.Fold(word)
	for _, title := range t.Titles() {
		if query.Fold(title) == word {
			return title, true
		}
	}
	return "", false
}

// numbered places a number that stands alone where a query lists numbered things, as in vlan 10.
func (pl *placer) numbered(word string, add func(query.Condition)) bool {
	facts := pl.Query.Facts(pl.Query.Platforms()[0])
	for _, f := range facts {
		if f.Heading && kindOfFact(f.Title) == aNumber {
			add(query.Condition{Fact: strings.ToLower(f.Title), Op: negate("=", pl.negated != ""), Want: word})
			return true
		}
	}
	return false
}

// fills reports whether a word is an argument that an open input takes by its form.
func (pl *placer) fills(word string) bool {
	return slices.ContainsFunc(pl.Query.Inputs, func(in form.Input) bool {
		takes := kindOfInput(in)
		return pl.Inputs[in.ID] == nil && takes != anyWord && takes.accepts(word)
	})
}

// input gives a word to the first open input that takes its kind.
func (pl *placer) input(word string, k kind) bool {
	for _, in := range pl.Query.Inputs {
		takes := kindOfInput(in)
		if _, given := pl.Inputs[in.ID]; given {
			continue
		}
		if takes == anyWord && in.Suggest != nil && (isAddress(word) || pl.shown || pl.asked || len(pl.Devices) == 0) {
			continue // a name that is typed without its label, which could as well be a mistyped word
		}
		if takes != anyWord && (k != anyWord && !takes.accepts(word) || k == anyWord && (pl.strict || len(pl.Devices) == 0) && !takes.accepts(word)) {
			continue
		}
		pl.Inputs[in.ID] = word
		return true
	}
	return false
}

// judge places a word for a state: a condition, or what a question claims.
func (pl *placer) judge(c query.Condition, colour query.Colour, word string) {
	if pl.negated != "" {
		word = "not " + word
	}
	pl.negated = ""
	pl.word = strings.TrimSpace(pl.word + " " + strings.ToLower(word))
	if pl.yesNo && !pl.exists && colour == query.Good && c.Op != "!=" && c.Op != "is not" {
		pl.claims = append(pl.claims, c)
		return
	}
	pl.conditions = append(pl.conditions, c)
}

// finish makes the filter and the question of what was placed.
func (pl *placer) finish() {
	pl.Filter = pl.Filter.Rewrite(func(text string) (query.Condition, bool) { return shownAs(pl.Query, text) })
	pl.Filter = query.Where(pl.conditions...).Then(pl.Filter)
	switch {
	case pl.counts:
		pl.Question = query.Question{Kind: query.Many, Word: pl.word}
	case len(pl.claims) > 0:
		pl.Question = query.Question{Kind: query.Every, Word: pl.word, Claim: query.Where(pl.claims...)}
	case pl.yesNo:
		pl.Question = query.Question{Kind: query.Some, Word: pl.word}
	}
}

// platforms returns the platforms of the devices of which the query has a variant, or all of the query.
func (r *Reading) platforms(t *query.Template) (list []string) {
	for _, d := range r.Devices {
		if t.Facts(d.Platform) != nil && !slices.Contains(list, d.Platform) {
			list = append(list, d.Platform)
		}
	}
	if len(list) == 0 {
		return t.Platforms()
	}
	return list
}
