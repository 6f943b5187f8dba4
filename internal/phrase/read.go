package phrase

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/query"
)

// maxWords is how many words a text has at most: names of devices, mostly.
const maxWords = 200

// read reads a text as one command.
func (g *Grammar) read(text string, complete bool) Reading {
	text, filter, _ := strings.Cut(Clean(text), "|")
	text = compares.ReplaceAllStringFunc(strings.TrimSpace(text), func(sign string) string { return " " + signs[strings.TrimSpace(sign)] + " " })
	words := g.unaddressed(Tokens(text))
	r := Reading{Do: button.Form, Inputs: map[string]any{}}
	if len(words) > maxWords {
		r.Say = fmt.Sprintf("That is too long for a query, which has at most %d words.", maxWords)
		return r
	}
	r.Format, words = takeAny(words, formats)
	words = append(words, r.readFilter(filter, func(w string) bool { return g.isDevice(w) && !slices.ContainsFunc(words, g.isDevice) })...)
	if do, ok := readOwn(text, words); ok {
		r.Do = do
		return r
	}
	word, words := takeAny(words, comparing)
	r.Compare = word != ""
	s, words := g.sentence(words)
	if row := g.verb(words); row >= 0 && !s.shown && !s.asked {
		r.unserved(g, row)
		return g.devicesOnly(r, words, complete)
	}
	if s.shown && strings.HasSuffix(text, " ?") {
		if next, ok := g.next(r, words, "", complete); ok {
			return next
		}
	}
	words = g.meant(words, s)
	command, w := g.command(words, s.shown, s.strict)
	if s.shown && w.say > 0 {
		r.unserved(g, w.say-1)
		return g.devicesOnly(r, w.rest(), complete)
	}
	best := g.best(r, words, s, g.plans(words, command, s.asked), complete)
	if best.Do == button.Run {
		return best
	}
	return g.explain(best, s, w, text)
}

// best returns the reading of the first plan that gives every word a place and has devices, else the first
// one that gives every word a place, else the first one.
func (g *Grammar) best(base Reading, words []string, s sentence, plans []plan, complete bool) Reading {
	if len(plans) == 0 {
		return g.only(base, words, s, complete)
	}
	var best *Reading
	reads := g.reads(words)
	for _, p := range plans[:min(len(plans), maxPlans)] {
		namings := g.namings(p.rest, complete, func(w string) bool { return reads[w] })
		if len(namings) == 0 {
			namings = append(namings, nil)
		}
		for _, names := range namings {
			r := g.try(base, p, s, names)
			if len(r.Unknown) == 0 && len(r.Devices) > 0 {
				r.Do = button.Run
				if !r.lacksInput() {
					return r
				}
			}
			if best == nil || len(r.Unknown) == 0 && len(best.Unknown) > 0 {
				best = &r
			}
		}
	}
	return *best
}

// lacksInput reports whether an input has no value that needs one.
func (r *Reading) lacksInput() bool {
	return slices.ContainsFunc(r.Query.Inputs, func(in form.Input) bool { return in.Required() && in.Value == "" && r.Inputs[in.ID] == nil })
}

// only reads words of which none names a query by itself: if they fit one query that a word of them may mean,
// it is that one.
func (g *Grammar) only(base Reading, words []string, s sentence, complete bool) Reading {
	var fit []Reading
	plans := g.general(words)
	if s.strict {
		plans = nil
	}
	for _, p := range plans[:min(len(plans), maxPlans)] {
		if r := g.best(base, words, s, []plan{p}, complete); r.Do == button.Run && (!r.Filter.Empty() || r.Question.Kind == query.Every) {
			fit = append(fit, r)
		}
	}
	if len(fit) == 1 {
		return fit[0]
	}
	return g.devicesOnly(base, words, complete)
}

// try reads the words of a plan with one way to name devices.
func (g *Grammar) try(base Reading, p plan, s sentence, names map[string]string) Reading {
	r := base
	r.Targets = nil
	var rest []string
	for _, w := range p.rest {
		if target, ok := names[w]; ok {
			r.add(target)
		} else {
			rest = append(rest, w)
		}
	}
	if selection, err := g.inventory.Select(r.Target()); err == nil {
		r.Devices = selection.Devices
	}
	if p.free != "" && len(r.Devices) == 0 { // it was to be a device
		rest = append(rest, p.free)
		p.conditions = slices.DeleteFunc(slices.Clone(p.conditions), func(c query.Condition) bool { return c.Want == p.free })
	}
	s.names = g.catalog.ByWord
	r.place(p, s, rest)
	return r
}

// reads returns the words that are keywords of a command where they stand.
func (g *Grammar) reads(words []string) map[string]bool {
	part := map[string]bool{}
	for from := range words {
		rest := words[from:]
		w := g.root.walk(rest, 2, g.isDevice)
		for i, used := range w.used {
			if used && !slices.Contains(w.values, rest[i]) {
				part[rest[i]] = true
			}
		}
	}
	return part
}

// devicesOnly reads words of which none names a query.
func (g *Grammar) devicesOnly(r Reading, words []string, complete bool) Reading {
	if namings := g.namings(words, complete, func(string) bool { return false }); len(namings) > 0 {
		names := namings[0]
		for _, w := range words {
			if target, ok := names[w]; ok {
				r.add(target)
			} else if !vague(w) {
				r.Unknown = append(r.Unknown, w)
			}
		}
		if selection, err := g.inventory.Select(r.Target()); err == nil {
			r.Devices = selection.Devices
		}
		return r
	}
	r.Unknown = slices.DeleteFunc(slices.Clone(words), isNoise)
	return r
}

// vague reports whether a word says nothing about which query is meant.
func vague(word string) bool {
	lower := strings.ToLower(word)
	return isNoise(word) || good[lower] || bad[lower] || unwell[lower] || existential[lower] || fillers[lower]
}

// explain says why a text can't be run, where there is more to say than which words are unknown.
func (g *Grammar) explain(r Reading, s sentence, w walk, text string) Reading {
	complete := r.Query != nil && len(r.Unknown) == 0
	asksNext := strings.HasSuffix(text, "?") && (s.shown || w.stuck > 0 && !s.asked)
	without := r.Unknown // words that may say why there is no answer
	if r.Query == nil && len(r.Unknown) > 0 {
		without = slices.Concat(r.Unknown, strings.Fields(text))
	}
	switch row := unservedWord(without); {
	case asksNext && !complete && len(w.words) > 0:
		last := w.words[len(w.words)-1]
		if next, ok := g.next(r, w.words[:len(w.words)-1], last, true); ok {
			return next
		}
	case complete:
	case r.Query == nil && row < 0 && !s.strict && g.shared(r.Unknown) != "":
		word := g.shared(r.Unknown)
		r.Choices = g.called(word)
		names := make([]string, len(r.Choices))
		for i, c := range r.Choices {
			names[i] = c.Query.Title
		}
		r.Say = fmt.Sprintf("\"%s\" may be %s.", word, orList(names))
	case row >= 0 && !(s.strict && w.stuck < len(w.words) && w.ends == nil):
		r.unserved(g, row)
	case len(w.several) > 0 && (s.shown || w.last != g.root):
		r.Say = fmt.Sprintf("\"%s\" may be %s.", w.words[w.stuck], orList(w.several))
		for _, keyword := range w.several {
			r.Choices = append(r.Choices, choices(w.last.keywords[keyword])...)
		}
		r.Query = nil
	case s.shown && w.ends == nil && w.stuck < len(w.words) && (r.Query == nil || s.strict):
		r.Query = nil
		typed := slices.Concat([]string{"show"}, w.last.words, []string{w.words[w.stuck]})
		r.Say = fmt.Sprintf("There is no query for \"%s\". Type help for the list of queries.", strings.Join(typed, " "))
		if w.last != g.root {
			r.Choices = choices(w.last)
		}
	case s.shown && r.Query == nil && w.stuck == len(w.words):
		if next, ok := g.next(r, w.words, "", true); ok {
			return next
		}
	}
	return r
}

// shared returns the first word that several queries are called by.
func (g *Grammar) shared(words []string) string {
	for _, w := range words {
		if len(g.called(w)) > 1 {
			return w
		}
	}
	return ""
}

// called returns the queries of which a word ends in another one, as bgp neighbors does.
func (g *Grammar) called(word string) []Choice { return g.shares[query.Fold(word)] }

func choices(n *node) (list []Choice) {
	for _, b := range n.below() {
		list = append(list, Choice{"show " + strings.Join(b.words, " "), b.ends.query})
	}
	return list
}

// orList returns words as a sentence has them: a, b or c.
func orList(words []string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return strings.Join(words, "")
}

// compares is a sign between a fact and a number in a sentence, such as memory > 80%, and signs the words for
// it, since signs alone are no words.
var (
	compares = regexp.MustCompile(`\s[<>]=? ?\b`)
	signs    = map[string]string{">": "over", "<": "under", ">=": "at-least", "<=": "at-most"}
)

// events are what happened to a device, which the query for its version has.
var events = set("reload reloaded reboot rebooted restart restarted crash crashed")

// meant returns the words with those replaced that mean something else in a question: when did r1 reload, and
// what is connected to Gi1.
func (g *Grammar) meant(words []string, s sentence) []string {
	words = slices.Clone(words)
	for i, w := range words {
		if owner, ok := strings.CutSuffix(w, "'s"); ok && g.isDevice(owner) {
			words[i] = owner
			continue
		}
		switch lower := strings.ToLower(w); {
		case lower == "look" && i+1 < len(words) && strings.EqualFold(words[i+1], "up"):
			words[i+1] = "for"
		case s.asked && events[lower]:
			words[i] = "version"
		case lower == "connected" && i+1 < len(words) && strings.EqualFold(words[i+1], "to"):
			words[i] = "connected-to"
		}
	}
	return words
}

// changes reports whether words behind shutdown, no or default make a command of it: shutdown and an interface. The
// ports that are shut down are a question.
func changes(words []string) bool {
	words = slices.DeleteFunc(joined(words, never), func(w string) bool { return isLabel(strings.ToLower(w)) || strings.EqualFold(w, "down") })
	return len(words) > 0 && (kindOf(words[0]) == anInterface || strings.HasPrefix(strings.ToLower(words[0]), "shut"))
}

// verb returns the row of unserved whose verb begins words, or -1.
func (g *Grammar) verb(words []string) int {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return isNoise(w) || g.isDevice(w) })
	if len(words) == 0 {
		return -1
	}
	for n := range min(longest, len(words)) {
		if _, isQuery := g.named(strings.Join(words[:n+1], " ")); isQuery {
			return -1
		}
	}
	verb := strings.ToLower(words[0])
	if (strings.HasPrefix(verb, "shut") || verb == "no" || verb == "default") && changes(words[1:]) {
		verb = "configure"
	}
	return slices.IndexFunc(unserved, func(u unservedRow) bool { return slices.Contains(u.verbs, verb) })
}

// unservedWord returns the row of unserved that has one of the words, or -1.
func unservedWord(words []string) int {
	return slices.IndexFunc(unserved, func(u unservedRow) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(u.words, strings.ToLower(w)) })
	})
}

// greetings may stand before the name of the bot.
var greetings = set("hey hi hello ok okay dear there good morning afternoon evening")

// unaddressed returns the words without the bot's name at the beginning, or all of them if it is the name of a
// device as well.
func (g *Grammar) unaddressed(words []string) []string {
	rest := words
	for len(rest) > 0 && greetings[strings.ToLower(rest[0])] {
		rest = rest[1:]
	}
	for _, name := range g.names {
		parts := Tokens(Clean(name))
		if n := len(parts); n > 0 && n < len(rest) && strings.EqualFold(strings.Join(parts, " "), strings.Join(rest[:n], " ")) {
			if _, isDevice := g.inventory.Get(rest[0]); n > 1 || !isDevice {
				return rest[n:]
			}
		}
	}
	return words
}

// readFilter reads what follows the bar. A format may stand at its end; and a device, as in show version | i
// uptime r1, which is returned.
func (r *Reading) readFilter(text string, device func(string) bool) (names []string) {
	words := strings.Fields(text)
	if last := len(words) - 1; last >= 0 {
		if f := strings.ToLower(strings.Trim(words[last], ".,;!?")); slices.Contains(formats, f) {
			r.Format, words = f, words[:last]
			if last > 0 && words[last-1] == "|" {
				words = words[:last-1]
			}
		}
	}
	if last := len(words) - 1; last > 0 && device(words[last]) {
		names, words = words[last:], words[:last]
		if words[last-1] == "on" && last > 1 {
			words = words[:last-1]
		}
	}
	r.Filter = query.ParseFilter(strings.Join(words, " "))
	return names
}

// counts is a question for a number of rows.
var counts = regexp.MustCompile(`^(?:what is |what's |whats |show |give me )?(?:the |total )*(?:number|count|amount) of `)

// readOwn returns what a text does that is one of the bot's own words, with noise around it at most. A
// question mark alone asks for help, as on a device.
func readOwn(text string, words []string) (button.Do, bool) {
	if trimmed := strings.ReplaceAll(text, " ", ""); len(words) == 0 && trimmed != "" && strings.Trim(trimmed, "?") == "" {
		return button.Help, true
	}
	if len(words) != 1 {
		words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return isNoise(w) || slices.Contains([]string{"list"}, strings.ToLower(w)) })
	}
	if len(words) != 1 {
		return "", false
	}
	return ownWord(words[0])
}

// takeAny takes the first token that is one of words.
func takeAny(tokens, words []string) (string, []string) {
	for i, t := range tokens {
		if word := strings.ToLower(t); slices.Contains(words, word) {
			return word, slices.Concat(tokens[:i], tokens[i+1:])
		}
	}
	return "", tokens
}

// sentence finds out what kind of text it is, and returns the words without show.
func (g *Grammar) sentence(words []string) (s sentence, rest []string) {
	for i, w := range words {
		lower := strings.ToLower(w)
		if isShow(w) {
			s.shown = true
			s.strict = !strings.EqualFold(w, "show") || !slices.ContainsFunc(words, func(w string) bool { return prose[strings.ToLower(w)] })
			return s, slices.Concat(words[:i], words[i+1:])
		}
		if !noise[lower] && !g.isDevice(w) || yesNo[lower] && lower != "do" || asks[lower] {
			break
		}
	}
	if len(words) == 0 {
		return s, words
	}
	lower := map[string]bool{}
	for _, w := range words {
		lower[strings.ToLower(w)] = true
	}
	first := strings.ToLower(words[0])
	s.yesNo = yesNo[first] || lower["if"] || lower["whether"]
	s.asked = s.yesNo || asks[first]
	s.counts = lower["many"] && lower["how"] || first == "count" || counts.MatchString(strings.ToLower(strings.Join(words, " ")))
	s.exists = slices.ContainsFunc(slices.Collect(maps.Keys(lower)), func(w string) bool { return existential[w] })
	if s.counts {
		words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.EqualFold(w, "count") })
		s.asked, s.yesNo = true, false
	}
	return s, words
}
