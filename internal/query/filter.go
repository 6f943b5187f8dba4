package query

import (
	"regexp"
	"slices"
	"strings"

	"overwatch/internal/ifname"
)

// mode is what a filter does with the rows that match it.
type mode string

const (
	keepMatches  mode = "include" // keeps them; section is the same, as a row is its own section
	dropMatches  mode = "exclude" // keeps the others
	fromFirst    mode = "begin"   // keeps the first of them and all rows after it
	countMatches mode = "count"   // counts them, and shows none
)

// modes are the words that may begin a filter, as behind the bar of a command on a device. They may be
// abbreviated to the length given.
var modes = []struct {
	word  string
	least int
	mode  mode
}{
	{"include", 1, keepMatches}, {"grep", 4, keepMatches}, {"section", 1, keepMatches}, {"exclude", 1, dropMatches}, {"begin", 1, fromFirst}, {"count", 1, countMatches},
}

// maxFilter is how long the text of a filter may be, in characters.
const maxFilter = 100

// Filter keeps the rows of a result that match a text, or all others. The empty one keeps all.
type Filter struct {
	mode    mode
	text    string   // what rows have to match
	needles []needle // alternatives
}

// needle is one alternative of a filter's text.
type needle struct {
	text    string         // lower case
	mac     string         // its digits, if it may be a MAC address or a part of one
	iface   string         // in full, if it names an interface
	pattern *regexp.Regexp // if it has signs of a regular expression
}

// ParseFilter reads what follows the bar: a text that rows must contain in one of their cells, whatever the
// case, with | between alternatives; in front of it may be include, exclude, begin, section or count, as on a
// device. A MAC address or an interface matches however it is written.
func ParseFilter(text string) Filter {
	words := strings.Fields(strings.ReplaceAll(text, "${", "$ {")) // which clients would expand in a card
	f := Filter{mode: keepMatches}
	if len(words) > 1 {
		if m, ok := modeOf(words[0]); ok {
			f.mode, words = m, words[1:]
			if words[0] == "-v" && len(words) > 1 { // of grep
				f.mode, words = dropMatches, words[1:]
			}
		}
	}
	f.text = strings.Join(words, " ")
	if runes := []rune(f.text); len(runes) > maxFilter {
		f.text = string(runes[:maxFilter])
	}
	for alternative := range strings.SplitSeq(f.text, "|") {
		if n := newNeedle(unquote(strings.TrimSpace(alternative))); n.text != "" {
			f.needles = append(f.needles, n)
		}
	}
	if len(f.needles) == 0 {
		return Filter{}
	}
	return f
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

func newNeedle(text string) needle {
	n := needle{text: strings.ToLower(text), mac: macDigits(text)}
	n.iface, _ = ifname.Canonical(text)
	if strings.ContainsAny(text, `^$*+[(\`) {
		n.pattern, _ = regexp.Compile("(?i)" + text) // what doesn't compile is a plain text
	}
	return n
}

// Empty reports whether the filter keeps everything.
func (f Filter) Empty() bool { return len(f.needles) == 0 }

// Text returns the text that ParseFilter reads as this filter.
func (f Filter) Text() string {
	first, _, several := strings.Cut(f.text, " ")
	if _, ambiguous := modeOf(first); f.Empty() || f.mode == keepMatches && !(several && ambiguous) {
		return f.text
	}
	return string(f.mode) + " " + f.text
}

// NoMatch returns the sentence for rows of which the filter keeps none.
func (f Filter) NoMatch() string {
	if f.Empty() {
		return "No rows."
	}
	return "No rows match " + f.Text() + "."
}

// Counts reports whether the rows that the filter keeps are only counted.
func (f Filter) Counts() bool { return f.mode == countMatches && !f.Empty() }

// Rows returns a function that reports for each row of a result, in their order, whether the filter keeps it.
func (f Filter) Rows() func(row []Cell) bool {
	switch {
	case f.Empty():
		return func([]Cell) bool { return true }
	case f.mode == dropMatches:
		return func(row []Cell) bool { return !f.matches(row) }
	case f.mode == fromFirst:
		begun := false
		return func(row []Cell) bool {
			begun = begun || f.matches(row)
			return begun
		}
	}
	return f.matches
}

func (f Filter) matches(row []Cell) bool {
	return slices.ContainsFunc(row, func(c Cell) bool {
		return slices.ContainsFunc(f.needles, func(n needle) bool { return n.matches(c.Text) })
	})
}

func (n needle) matches(text string) bool {
	switch {
	case strings.Contains(strings.ToLower(text), n.text):
	case n.mac != "" && strings.Contains(macDigits(text), n.mac):
	case n.iface != "" && ifname.Same(n.iface, text):
	case n.pattern != nil && n.pattern.MatchString(text):
	default:
		return false
	}
	return true
}

// macDigits returns the digits of a text that looks like a MAC address or a part of one: hexadecimal
// digits, four at least, in groups of two or four between colons, dots or dashes. Else it is empty.
func macDigits(text string) string {
	if len(text) < 5 || len(text) > 17 {
		return ""
	}
	var digits []byte
	group := 0
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f':
			digits, group = append(digits, c), group+1
		case 'A' <= c && c <= 'F':
			digits, group = append(digits, c|0x20), group+1
		case (c == ':' || c == '.' || c == '-') && (group == 2 || group == 4):
			group = 0
		default:
			return ""
		}
	}
	if (group != 0 && group != 2 && group != 4) || len(digits) == len(text) {
		return ""
	}
	return string(digits)
}
