// Package render turns results, errors, forms and lists into replies: a card and the same in
// Markdown, within Webex's limits.
//
// It is pure: it does no I/O and keeps no state. How a card looks is decided in cards/; this package
// computes the plain view models that those templates are filled with. It is core, used by internal/bot,
// and knows no transport.
package render

import (
	"fmt"
	"regexp"
	"strings"
)

// Limits of a message.
const (
	// PageRows is how many rows a result card shows at most.
	PageRows = 10
	// MaxChoices is how many devices a drop-down offers at most. A form with more of them would
	// come near the size at which Webex refuses a card.
	MaxChoices = 100
	// maxText is how many bytes of Markdown Webex takes (Webex API, POST /messages).
	maxText = 7439
	// maxValue is how much of one value a card shows, in characters; files hold all of it.
	maxValue = 300
	// maxNamed is how much of a name that isn't known is said again, in characters.
	maxNamed = 40
	// maxSentence is how much is shown of a sentence that may repeat what a person wrote, in characters.
	maxSentence = 1000
	// maxActions is how many buttons Webex shows in one row (Webex guide, Buttons and Cards).
	maxActions = 5
)

// Escape keeps text that isn't ours from being read as Markdown or as a card template. It escapes
// no more than it must, since some clients show the backslash.
func Escape(s string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	runes := []rune(s)
	blank, numeral := true, true // nothing but blanks, or blanks and digits, so far
	for i, c := range runes {
		switch {
		case strings.ContainsRune("\\`*[]<>~", c),
			c == '&' && entity.MatchString(string(runes[i:min(i+12, len(runes))])),
			c == '_' && !(inWord(runes, i-1) && inWord(runes, i+1)),
			blank && strings.ContainsRune("#+-=", c),
			numeral && !blank && (c == '.' || c == ')') && i+1 < len(runes) && runes[i+1] == ' ':
			b.WriteByte('\\')
		case c == '{' && i > 0 && runes[i-1] == '$':
			b.WriteByte(' ')
		case c == '\n' || c == '\r' || c == '\t':
			c = ' '
		}
		b.WriteRune(c)
		blank = blank && c == ' '
		numeral = numeral && (c == ' ' || '0' <= c && c <= '9')
	}
	return b.String()
}

// harmless reports that there is nothing to escape, of most of what devices say: letters, digits and
// what stands in addresses and names of interfaces.
func harmless(s string) bool {
	worded := false // a letter came
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			worded = true
		case '0' <= c && c <= '9', c == '/', c == ':', c == ',', c == ' ':
		case c == '-' && worded, c == '.' && i+1 < len(s) && s[i+1] != ' ':
		default:
			return false
		}
	}
	return true
}

// entity is a character reference, which Markdown would show as the character.
var entity = regexp.MustCompile(`^&[#a-zA-Z][a-zA-Z0-9]*;`)

func inWord(runes []rune, i int) bool {
	if i < 0 || i >= len(runes) {
		return false
	}
	c := runes[i]
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c > 127
}

// Code puts text into backticks, where Markdown has no other meaning.
func Code(s string) string {
	return "`" + strings.ReplaceAll(strings.ReplaceAll(s, "`", "'"), "${", "$ {") + "`"
}

// value shows one value of a device: what isn't there as a dash, what is very long cut.
func value(s string) string {
	if s == "" {
		return "—"
	}
	return Escape(clip(s, maxValue))
}

// clip ends a text after so many characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s // nor has it more characters
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// cut ends text within limit bytes at the end of a line or of a character.
func cut(text string, limit int) string {
	const end = "\n…"
	if len(text) <= limit {
		return text
	}
	text = text[:limit-len(end)]
	if i := strings.LastIndexByte(text, '\n'); i > len(text)/2 {
		return text[:i] + end
	}
	return strings.ToValidUTF8(text, "") + end
}

// count says a number of things, such as 1 row or 2,000 rows.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + one + "s"
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
