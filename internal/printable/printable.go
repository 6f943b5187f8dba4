// Package printable makes text that devices and people wrote safe to show: in cards, Markdown, files and
// terminals. It is a leaf: it imports nothing of ours, and every package may import it. What a text means
// in Markdown, in a spreadsheet or as a secret is decided elsewhere (render, query, redact).
package printable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s as one line of visible text. Line breaks and tabs become blanks. It drops what can't be
// seen and can change how the rest is shown: control characters (C0, DEL and C1, which terminals act on),
// marks that turn the direction of text, and characters of no width. Bytes that aren't UTF-8 become
// U+FFFD. Blanks around the text are dropped.
func Line(s string) string {
	if visible(s) {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s { // a byte that isn't UTF-8 is read as U+FFFD
		switch {
		case r == '\n', r == '\t', r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf), blankLetter(r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// Lines returns s with its line breaks and the blanks at the beginning of its lines; each line is otherwise as
// Line returns it.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		text := strings.TrimLeft(line, " \t")
		lines[i] = line[:len(line)-len(text)] + Line(text)
	}
	return strings.Join(lines, "\n")
}

// blankLetter reports letters and marks that are drawn as nothing.
func blankLetter(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0':
		return true
	}
	return false
}

// visible reports whether s is ASCII without control characters, as nearly all text of devices is.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf || s[i] == 0x7f {
			return false
		}
	}
	return true
}
