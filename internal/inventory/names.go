package inventory

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// A name is typed between other words and appears in lists: no blanks, commas or characters that have
// a meaning in what people type.
var name = regexp.MustCompile(`^[\pL\pN][\pL\pN\pM._/-]*$`)

// A group may have a kind in front, such as site:paris.
var group = regexp.MustCompile(`^([\pL\pN][\pL\pN\pM._/-]*:)?[\pL\pN][\pL\pN\pM._/-]*$`)

// maxName is how long names of devices and groups may be, in bytes.
const maxName = 64

// ValidName reports whether a device or a site may have that name: letters, digits and . _ / -, a
// letter or digit first, at most 64 bytes.
func ValidName(s string) bool { return len(s) <= maxName && name.MatchString(s) }

// ValidGroup reports whether a group may have that name: a name, or a kind and a name with a colon
// between them.
func ValidGroup(s string) bool { return len(s) <= 2*maxName && group.MatchString(s) }

// label is one of the names between the dots of a host name. The underscore isn't in RFC 1123, but in
// many networks.
var label = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)

var numeric = regexp.MustCompile(`^[0-9.]+$`)

// ValidHost reports whether s can be connected to: an address, with a zone if it has one, or a host
// name. Names may be international, have underscores, and a dot at the end.
func ValidHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	s = strings.TrimSuffix(s, ".")
	if !ascii(s) {
		var err error
		if s, err = idna.Lookup.ToASCII(s); err != nil {
			return false
		}
	}
	if len(s) > 253 || strings.Contains(s, ".") && numeric.MatchString(s) {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !label.MatchString(part) {
			return false
		}
	}
	return true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

var foreign = regexp.MustCompile(`[^\pL\pN\pM._/-]+`)

// Plain makes a valid name of one that another system allows: a dash replaces what may not be in a
// name. It returns an empty text if nothing is left.
func Plain(s string) string {
	s = foreign.ReplaceAllString(plainDashes.Replace(norm.NFC.String(s)), "-")
	for s != "" && !name.MatchString(s) {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}

// plainDashes writes every dash and minus sign that people and programs type as the one on keyboards.
var plainDashes = strings.NewReplacer(
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2015", "-",
	"\u2212", "-", "\ufe58", "-", "\ufe63", "-", "\uff0d", "-",
)

// fold returns the form in which names are compared: lower case, composed, with plain dashes.
func fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return plainDashes.Replace(norm.NFC.String(strings.ToLower(norm.NFC.String(s))))
}
