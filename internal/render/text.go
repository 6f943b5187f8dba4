package render

import (
	"fmt"
	"regexp"
	"strings"

	"overwatch/internal/printable"
)

// Limits of a message.
const (
	// PageRows is how many rows a result card shows at most.
	PageRows = 25
	// fullRows is up to how many rows of a page show all their facts; of more, each gets a line.
	fullRows = 4
	// MaxChoices is how many devices a drop-down offers at most. A form with more of them would
	// come near the size at which Webex refuses a card.
	MaxChoices = 100
	// maxText is how many bytes of Markdown Webex takes (Webex API, POST /messages).
	maxText = 7439
	// maxValue is how much of one value a card shows, in characters; files have all of it.
	maxValue = 300
	// maxSentence is how much is shown of a sentence that may repeat what a person typed, in characters.
	maxSentence = 1000
	// maxActions is how many buttons Webex shows in one row (Webex guide, Buttons and Cards).
	maxActions = 5
)

// inert makes text of devices and people one visible line without what clients act on in a card: the
// beginning of a template, and of a URL that they would make a link. Both get a blank.
func inert(s string) string {
	s = printable.Line(s)
	s = strings.ReplaceAll(s, "${", "$ {")
	return link.ReplaceAllString(s, "$1$3 $2")
}

// link is where a client would recognise a URL.
var link = regexp.MustCompile(`(?i)(\b[a-z][a-z0-9+.-]*:)(//)|(\bwww\.)`)

// Escape keeps text of devices and people from being read as Markdown, as a card template or as a link. It
// escapes no more than it must, since some clients show the backslash.
func Escape(s string) string {
	if harmless(s) {
		return s
	}
	s = inert(s)
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
		}
		b.WriteRune(c)
		blank = blank && c == ' '
		numeral = numeral && (c == ' ' || '0' <= c && c <= '9')
	}
	return b.String()
}

// harmless reports whether a text has nothing to escape: letters, digits and what is in addresses and names
// of interfaces, as most values are.
func harmless(s string) bool {
	worded := false // there was a letter
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			worded = true
		case '0' <= c && c <= '9', c == '/' && (i == 0 || s[i-1] != '/'), c == ':', c == ',', c == ' ':
		case c == '-' && worded, c == '.' && i+1 < len(s) && s[i+1] != ' ' && (i == 0 || s[i-1]|0x20 != 'w'):
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

// Code returns text in backticks, as Markdown writes what is typed.
func Code(s string) string { return "`" + strings.ReplaceAll(inert(s), "`", "'") + "`" }

// value returns one value of a device for a card: a dash for an absent one; a very long one is shortened.
func value(s string) string {
	if s == "" {
		return "—"
	}
	return Escape(clip(s, maxValue))
}

// clip shortens a text to so many characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s // it has no more characters than bytes
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// cut shortens Markdown to limit bytes, at the end of a line or of a character.
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

// count returns a number of things, such as 1 row or 2,000 rows.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + one + "s"
}

// thousands returns a number as people write it, such as 2,000.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
