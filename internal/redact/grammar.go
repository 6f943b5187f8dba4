package redact

import (
	"strings"
	"unicode/utf8"
)

// command is a form in which a device's configuration writes a secret, as a line of words:
//
//	word        the word itself; a|b one of several
//	*           any word
//	**          up to twelve words
//	#           a number
//	[ ... ]     words that may be left out
//	%           a word that is the name of a secret, as secretName has it
//	^ and .     the beginning of a line, with its first word in lower case, and the end of a line
//	$           the secret: a word, or several in quotes
//	$$          the secret, which runs to the end of the line
//	$? and $$?  the same, unless it is a word of notSecret: sentences may have the words before it, too
//
// In front of a secret may be how it is written, as in password 7 ... or key hex 0 .... Secrets in the
// middle of a form may be followed by further words and secrets.
type command struct {
	form   string
	source string // the chapter of a command reference of IOS-XE
}

// element is one word of a compiled form.
type element struct {
	kind   byte // w (a word), *, >, #, %, ^, ., $, L (to the end of the line), or [
	words  map[string]bool
	inside []element // of brackets
	unsure bool      // $? or $$?
}

// grammar are compiled forms by their first word.
type grammar map[string][][]element

// newGrammar compiles forms. The first word of a form, behind ^, is a word.
func newGrammar(commands []command) grammar {
	g := grammar{}
	for _, c := range commands {
		elements, _ := compileForm(strings.Fields(c.form))
		first := elements[0]
		if first.kind == '^' {
			first = elements[1]
		}
		for w := range first.words {
			g[w] = append(g[w], elements)
		}
	}
	return g
}

// compileForm compiles words up to a closing bracket, and returns the words behind it.
func compileForm(words []string) (list []element, rest []string) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch w {
		case "]":
			return list, words
		case "[":
			e := element{kind: '['}
			e.inside, words = compileForm(words)
			list = append(list, e)
		case "*", "#", "%", "^", ".", "$":
			list = append(list, element{kind: w[0]})
		case "**":
			list = append(list, element{kind: '>'})
		case "$?":
			list = append(list, element{kind: '$', unsure: true})
		case "$$", "$$?":
			list = append(list, element{kind: 'L', unsure: w == "$$?"})
		default:
			e := element{kind: 'w', words: map[string]bool{}}
			for alternative := range strings.SplitSeq(w, "|") {
				e.words[alternative] = true
			}
			list = append(list, e)
		}
	}
	return list, nil
}

// maxAny is how many words ** stands for at most.
const maxAny = 12

// commandsIn notes the secrets of all forms in a text.
func (g grammar) commandsIn(t *text) {
	for i := 0; i < len(t.words); i++ {
		for _, form := range g[t.words[i].lower] {
			if form[0].kind == '^' {
				if w := t.words[i]; !w.first || t.s[w.from:w.to] != w.lower {
					continue
				}
				form = form[1:]
			}
			if m, ok := t.match(form, i); ok {
				for _, s := range m.secrets {
					t.secret(s)
				}
				for ; i < m.end; i++ {
					t.read[i] = true
				}
				i--
				break
			}
		}
	}
}

// match is a form that was found.
type match struct {
	secrets []span
	end     int // the number of the first word behind it
}

// match matches a form against the words from number i, which are on one line.
func (t *text) match(form []element, i int) (m match, ok bool) {
	if len(form) == 0 {
		return match{end: i}, true
	}
	e, rest := form[0], form[1:]
	if e.kind == '[' {
		if m, ok = t.match(append(e.inside[:len(e.inside):len(e.inside)], rest...), i); ok {
			return m, true
		}
		return t.match(rest, i)
	}
	if i >= len(t.words) {
		return match{end: i}, e.kind == '.'
	}
	w := t.words[i]
	switch e.kind {
	case '.':
		return match{end: i}, w.first
	case '>':
		for n := 0; n <= maxAny && i+n < len(t.words) && (n == 0 || !t.words[i+n].first); n++ {
			if m, ok = t.match(rest, i+n); ok {
				return m, true
			}
		}
		return match{}, false
	case '$', 'L':
		return t.matchSecret(e, rest, i)
	}
	next := i + 1
	switch {
	case e.kind == 'w' && !e.words[w.lower], e.kind == '#' && !isNumber(w.lower), e.kind == '%' && !secretName(w.lower):
		return match{}, false
	case e.kind == '*': // an address may be several words here
		next = t.behind(i, t.run(t.start(i), ""))
	}
	if next < len(t.words) && t.words[next].first && len(rest) > 0 && rest[0].kind != '[' && rest[0].kind != '.' {
		return match{}, false
	}
	return t.match(rest, next)
}

// matchSecret is match for a form that begins with a secret.
func (t *text) matchSecret(e element, rest []element, i int) (m match, ok bool) {
	if i > 0 && t.blanks(t.words[i-1].to) == t.words[i-1].to && !t.closes(t.words[i-1].to) {
		return match{}, false // password=x is an assignment
	}
	at, typed := t.value(i)
	s := t.run(at, "")
	if quoted := s.from > at; e.kind == 'L' && !typed && !quoted {
		s = t.line(at)
	}
	w := t.words[i]
	if s.to == s.from || s.from == w.from && (functionWords[w.lower] || e.unsure && notSecret[w.lower] && !weak[w.lower]) {
		return match{}, false
	}
	if m, ok = t.match(rest, t.behind(i, s)); ok {
		m.secrets = append(m.secrets, s)
	}
	return m, ok
}

// closes reports whether a quote or a bracket is closed at a place, and a blank follows.
func (t *text) closes(at int) bool {
	return at < len(t.s) && strings.IndexByte("\"'`)]}", t.s[at]) >= 0 && t.blanks(at+1) > at+1
}

// behind returns the number of the first word from number i that begins behind a part of the text.
func (t *text) behind(i int, s span) int {
	for i < len(t.words) && t.words[i].from < s.to {
		i++
	}
	return i
}

// value returns where the secret begins that word number i is a part of, or how it is written; typed
// says that this is a digit other than 0, so the secret is one word.
func (t *text) value(i int) (at int, typed bool) {
	for n := 0; n < 3 && i+1 < len(t.words) && !t.words[i+1].first; n++ {
		w := t.words[i].lower
		switch {
		case writtenAs[w]:
		case len(w) <= 2 && isNumber(w) && t.blanks(t.words[i].to) > t.words[i].to:
			typed = w != "0"
		default:
			return t.start(i), typed
		}
		i++
	}
	return t.start(i), typed
}

// start returns where the value begins that word number i is a part of, with the quote or other
// delimiters between it and the blank before it. Without a blank there it is where the word begins.
func (t *text) start(i int) int {
	at := t.words[i].from
	for at > 0 && strings.IndexByte(delimiters, t.s[at-1]) >= 0 {
		at--
		if (t.s[at] == '"' || t.s[at] == '\'') && closing(t.s[at+1:], t.s[at]) >= 0 {
			return at
		}
	}
	if r, _ := utf8.DecodeLastRuneInString(t.s[:at]); at > 0 && !isBlank(r) {
		return t.words[i].from
	}
	return at
}

// writtenAs are words that say how a secret is written.
var writtenAs = set("encrypted unencrypted ascii hex clear-text cleartext")
