package query

import (
	"regexp"
	"strings"

	"overwatch/internal/ifname"
)

// needle is a text that a filter looks for.
type needle struct {
	typed   string
	text    string         // lower case
	mac     string         // its digits, if it may be a MAC address or a part of one
	iface   string         // in full, if it names an interface
	pattern *regexp.Regexp // if it has signs of a regular expression
}

func newNeedle(text string) needle {
	n := needle{typed: text, text: strings.ToLower(text), mac: macDigits(text)}
	n.iface, _ = ifname.Canonical(text)
	if strings.ContainsAny(text, `^$*+?[(\`) || strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") {
		n.pattern = compilePattern(text) // what doesn't compile is a plain text
	}
	return n
}

// between is what the underscore means in a regular expression of IOS: where a word begins or ends.
const between = `(?:^|$|[\s,{}()])`

// compilePattern compiles a regular expression as IOS has them; nil if it isn't one.
func compilePattern(text string) *regexp.Regexp {
	switch {
	case strings.HasPrefix(text, "_") && strings.HasSuffix(text, "_") && len(text) > 1:
		text = between + text[1:len(text)-1] + between
	case strings.HasPrefix(text, "_"):
		text = between + text[1:]
	case strings.HasSuffix(text, "_"):
		text = text[:len(text)-1] + between
	}
	p, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return nil
	}
	return p
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
