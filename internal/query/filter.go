package query

import (
	"slices"
	"strings"
	"time"
)

// mode is what a stage of a filter does with the rows that match it.
type mode string

const (
	keepMatches  mode = "include" // keeps them; section is the same, as a row is its own section
	dropMatches  mode = "exclude" // keeps the others
	fromFirst    mode = "begin"   // keeps the first of them and all rows after it
	countMatches mode = "count"   // counts them, and shows none
)

// modes are the words that may begin a stage, as behind the bar of a command on a device. They may be
// abbreviated to the length given.
var modes = []struct {
	word  string
	least int
	mode  mode
}{
	{"include", 1, keepMatches}, {"grep", 4, keepMatches}, {"section", 1, keepMatches}, {"exclude", 1, dropMatches}, {"begin", 1, fromFirst}, {"count", 1, countMatches},
}

// maxFilter is how long the text of a filter may be, in characters.
const maxFilter = 200

// Filter keeps some rows of a result. It has stages, and each keeps some of the rows that the one before
// kept. The empty one keeps all.
type Filter struct{ stages []stage }

// stage is one part of a filter, between bars. It has conditions or needles; with neither it matches every
// row.
type stage struct {
	mode       mode
	worded     bool        // a word for the mode was typed
	text       string      // what rows have to match
	conditions []Condition // of which all must hold
	needles    []needle    // alternatives
}

// ParseFilter reads what follows the bar: a text that rows must contain in one of their cells, whatever the
// case, with | between alternatives; or a condition on a fact, as ParseCondition reads it. In front of it may be
// include, exclude, begin, section or count, as on a device. A MAC address or an interface matches however it
// is written. A bar with a blank on both sides begins another stage if a condition or one of these words and
// a text follow, or if a condition stood before it.
func ParseFilter(text string) Filter {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "${", "$ {")), " ") // clients would expand it in a card
	if runes := []rune(text); len(runes) > maxFilter {
		text = string(runes[:maxFilter])
	}
	var f Filter
	var parts []string
	for part := range strings.SplitSeq(text, " | ") {
		if last := len(parts) - 1; last >= 0 && !parseStage(part).begins() && len(parseStage(parts[last]).conditions) == 0 {
			parts[last] += " | " + part
			continue
		}
		parts = append(parts, part)
	}
	for _, part := range parts {
		if s := parseStage(part); !s.empty() {
			f.stages = append(f.stages, s)
		}
	}
	return f
}

// begins reports whether a stage can't be an alternative of the text before it.
func (s stage) begins() bool { return len(s.conditions) > 0 || s.worded }

func (s stage) empty() bool {
	return len(s.conditions) == 0 && len(s.needles) == 0 && s.mode != countMatches
}

func parseStage(text string) stage {
	s := stage{mode: keepMatches}
	words := strings.Fields(text)
	if len(words) > 1 {
		if m, ok := modeOf(words[0]); ok {
			s.mode, s.worded, words = m, true, words[1:]
			if words[0] == "-v" && len(words) > 1 { // of grep
				s.mode, words = dropMatches, words[1:]
			}
		}
	} else if len(words) == 1 && strings.EqualFold(words[0], string(countMatches)) {
		return stage{mode: countMatches, worded: true}
	}
	s.text = strings.Join(words, " ")
	if s.conditions = parseConditions(s.text); len(s.conditions) > 0 {
		return s
	}
	for alternative := range strings.SplitSeq(s.text, "|") {
		if n := newNeedle(unquote(strings.TrimSpace(alternative))); n.text != "" {
			s.needles = append(s.needles, n)
		}
	}
	if len(s.needles) == 0 {
		return stage{mode: keepMatches}
	}
	return s
}

func modeOf(word string) (mode, bool) {
	word = strings.ToLower(word)
	for _, m := range modes {
		if len(word) >= m.least && strings.HasPrefix(m.word, word) {
			return m.mode, true
		}
	}
	return "", false
}

// unquote removes one pair of quotes around a text.
func unquote(text string) string {
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

// Where returns a filter that keeps the rows for which all conditions hold.
func Where(conditions ...Condition) Filter {
	if len(conditions) == 0 {
		return Filter{}
	}
	texts := make([]string, len(conditions))
	for i, c := range conditions {
		texts[i] = c.String()
	}
	return ParseFilter(strings.Join(texts, " and "))
}

// Then returns the filter that has the stages of both.
func (f Filter) Then(next Filter) Filter {
	switch {
	case f.Empty():
		return next
	case next.Empty():
		return f
	}
	return ParseFilter(Filter{slices.Concat(f.stages, next.stages)}.Text())
}

// Rewrite returns the filter with conditions in place of the texts that means has one for.
func (f Filter) Rewrite(means func(text string) (Condition, bool)) Filter {
	var texts []string
	for _, s := range f.stages {
		var rest []string
		for _, n := range s.needles {
			c, ok := means(n.text)
			switch {
			case ok && s.mode == dropMatches && c.Op == "=":
				c.Op = "!="
				texts = append(texts, c.String())
			case ok && s.mode == dropMatches, ok && len(s.needles) == 1:
				texts = append(texts, strings.TrimPrefix(string(s.mode)+" ", string(keepMatches)+" ")+c.String())
			default:
				rest = append(rest, n.typed)
			}
		}
		switch one := (Filter{[]stage{s}}).Text(); {
		case len(rest) == len(s.needles):
			texts = append(texts, one)
		case len(rest) > 0:
			texts = append(texts, string(s.mode)+" "+strings.Join(rest, "|"))
		}
	}
	return ParseFilter(strings.Join(texts, " | "))
}

// Empty reports whether the filter keeps everything.
func (f Filter) Empty() bool { return len(f.stages) == 0 }

// Text returns the text that ParseFilter reads as this filter.
func (f Filter) Text() string {
	texts := make([]string, len(f.stages))
	for i, s := range f.stages {
		first, _, several := strings.Cut(s.text, " ")
		_, looksWorded := modeOf(first)
		follows := i > 0 && len(f.stages[i-1].conditions) == 0 // a text, of which this one would be an alternative
		if texts[i] = s.text; s.mode != keepMatches || len(s.conditions) == 0 && (follows || several && looksWorded) {
			texts[i] = strings.TrimSpace(string(s.mode) + " " + s.text)
		}
	}
	return strings.Join(texts, " | ")
}

// NoMatch returns the sentence for rows of which the filter keeps none.
func (f Filter) NoMatch() string {
	if f.Empty() {
		return "No rows."
	}
	return "No rows match " + f.Text() + "."
}

// Counts reports whether the rows that the filter keeps are only counted.
func (f Filter) Counts() bool {
	for _, s := range f.stages {
		if s.mode == countMatches {
			return true
		}
	}
	return false
}

// Lacks returns the name of the first fact that a condition names and facts don't have; an empty text if they
// have all.
func (f Filter) Lacks(facts []Fact) string {
	for _, s := range f.stages {
		for _, c := range s.conditions {
			if c.column(facts) < 0 {
				return c.Fact
			}
		}
	}
	return ""
}

// Rows returns a function that reports for each row of a result with these facts, in their order, whether
// the filter keeps it. now is the time that ages are counted to.
func (f Filter) Rows(facts []Fact, now time.Time) func(row []Cell) bool {
	keeps := make([]func([]Cell) bool, len(f.stages))
	for i, s := range f.stages {
		keeps[i] = s.rows(facts, now)
	}
	return func(row []Cell) bool {
		for _, keep := range keeps {
			if !keep(row) {
				return false
			}
		}
		return true
	}
}

func (s stage) rows(facts []Fact, now time.Time) func(row []Cell) bool {
	matches := s.matcher(facts, now)
	switch s.mode {
	case dropMatches:
		return func(row []Cell) bool { return !matches(row) }
	case fromFirst:
		begun := false
		return func(row []Cell) bool {
			begun = begun || matches(row)
			return begun
		}
	}
	return matches
}

func (s stage) matcher(facts []Fact, now time.Time) func(row []Cell) bool {
	switch {
	case len(s.needles) > 0:
		return s.contains
	case len(s.conditions) == 0:
		return func([]Cell) bool { return true }
	}
	columns := make([]int, len(s.conditions))
	for i, c := range s.conditions {
		columns[i] = c.column(facts)
	}
	return func(row []Cell) bool {
		for i, c := range s.conditions {
			if at := columns[i]; at < 0 || at >= len(row) || !c.holds(row[at], now) {
				return false
			}
		}
		return true
	}
}

// contains reports whether one of the cells has one of the needles. A regular expression may also match the
// line of all cells, as on a device.
func (s stage) contains(row []Cell) bool {
	for _, n := range s.needles {
		for _, c := range row {
			if n.matches(c.Text) {
				return true
			}
		}
		if n.pattern != nil && n.pattern.MatchString(line(row)) {
			return true
		}
	}
	return false
}

func line(row []Cell) string {
	texts := make([]string, len(row))
	for i, c := range row {
		texts[i] = c.Text
	}
	return strings.Join(texts, " ")
}
