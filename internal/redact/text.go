package redact

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mask stands where a secret was.
const Mask = "•••"

// span is a part of a text, from a byte up to another.
type span struct{ from, to int }

// text is a text that is searched, cut into words.
type text struct {
	s     string
	words []word
	found []span // secrets
	read  []bool // for each word: whether a command that was recognized has it

	quotes []int // where the double quotes are; set by inQuotes
}

// word is a run of characters without blanks and delimiters.
type word struct {
	span
	lower string // in lower case
	first bool   // on its line
}

// delimiters separate words, besides blanks.
const delimiters = "\"'`{}()[]<>,;:=|&?\\"

func isBlank(r rune) bool {
	return unicode.IsSpace(r) || r == 0xfeff || r >= 0x200b && r <= 0x200f || r == 0x2060
}

// newText cuts a text into words.
func newText(s string) *text {
	t := &text{s: s}
	start, first := -1, true
	end := func(at int) {
		if start >= 0 {
			t.words = append(t.words, word{span{start, at}, strings.ToLower(s[start:at]), first})
			start, first = -1, false
		}
	}
	for i, r := range s {
		switch {
		case isBlank(r):
			end(i)
			first = first || r == '\n' || r == '\r'
		case r < utf8.RuneSelf && strings.IndexByte(delimiters, byte(r)) >= 0:
			end(i)
		case start < 0:
			start = i
		}
	}
	end(len(s))
	t.read = make([]bool, len(t.words))
	return t
}

// blanks returns where the blanks that begin at a place end. It doesn't go over the end of a line.
func (t *text) blanks(at int) int {
	for at < len(t.s) {
		r, size := utf8.DecodeRuneInString(t.s[at:])
		if !isBlank(r) || r == '\n' || r == '\r' {
			break
		}
		at += size
	}
	return at
}

// run returns the characters up to a blank, or in quotes up to the other quote, that begin at a place.
// stop are further characters that end a run without quotes.
func (t *text) run(at int, stop string) span {
	if at >= len(t.s) {
		return span{at, at}
	}
	if q := t.s[at]; q == '"' || q == '\'' {
		if n := closing(t.s[at+1:], q); n >= 0 {
			return span{at + 1, at + 1 + n}
		}
		at++
	}
	quoted := t.inQuotes(at)
	for i, r := range t.s[at:] {
		if isBlank(r) || r == '"' && quoted || r < utf8.RuneSelf && strings.IndexByte(stop, byte(r)) >= 0 {
			return span{at, at + i}
		}
	}
	return span{at, len(t.s)}
}

// inQuotes reports whether a double quote is open at a place.
func (t *text) inQuotes(at int) bool {
	if t.quotes == nil {
		t.quotes = []int{}
		for i := range len(t.s) {
			if t.s[i] == '"' {
				t.quotes = append(t.quotes, i)
			}
		}
	}
	before, _ := slices.BinarySearch(t.quotes, at)
	return before%2 == 1
}

// closing returns where a quote is closed on the same line, or -1. A backslash escapes a quote.
func closing(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i
		case '\n', '\r':
			return -1
		}
	}
	return -1
}

// line returns what is left of a line, without blanks around it, and up to a quote that closes one
// before it.
func (t *text) line(at int) span {
	end := len(t.s)
	if n := strings.IndexAny(t.s[at:], "\r\n"); n >= 0 {
		end = at + n
	}
	if t.inQuotes(at) {
		if n := strings.IndexByte(t.s[at:end], '"'); n >= 0 {
			end = at + n
		}
	}
	return span{at, at + len(strings.TrimRightFunc(t.s[at:end], isBlank))}
}

// secret notes that a part of the text is a secret.
func (t *text) secret(s span) {
	if s.to > s.from {
		t.found = append(t.found, s)
	}
}

// masked returns the text with a mask in place of each secret. A part that is masked already stays.
func (t *text) masked() string {
	if len(t.found) == 0 {
		return t.s
	}
	slices.SortFunc(t.found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := 0 // up to where the text is written
	for i := 0; i < len(t.found); {
		s := t.found[i]
		for i++; i < len(t.found) && t.found[i].from <= s.to; i++ {
			s.to = max(s.to, t.found[i].to)
		}
		s = t.withMasks(s)
		if s.to <= at || t.s[s.from:s.to] == Mask {
			continue
		}
		if from := max(s.from, at); from > at || at == 0 {
			b.WriteString(t.s[at:from])
			b.WriteString(Mask)
		}
		at = s.to
	}
	b.WriteString(t.s[at:])
	return b.String()
}

// withMasks extends a secret over masks that begin or end in it.
func (t *text) withMasks(s span) span {
	before := max(0, s.from-len(Mask)+1)
	if n := strings.Index(t.s[before:min(len(t.s), s.from+len(Mask)-1)], Mask); n >= 0 && before+n < s.from {
		s = span{before + n, max(s.to, before+n+len(Mask))}
	}
	start := max(s.from, s.to-len(Mask)+1)
	if n := strings.Index(t.s[start:min(len(t.s), s.to+len(Mask)-1)], Mask); n >= 0 && start+n < s.to {
		s.to = max(s.to, start+n+len(Mask))
	}
	return s
}
