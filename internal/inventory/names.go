package inventory

import "regexp"

// A name is typed between other words and stands in lists: no blanks, commas or signs that the
// conversation gives a meaning of its own.
var name = regexp.MustCompile(`^[\pL\pN][\pL\pN._/-]*$`)

// A group may have a kind in front, such as site:paris.
var group = regexp.MustCompile(`^([\pL\pN][\pL\pN._/-]*:)?[\pL\pN][\pL\pN._/-]*$`)

// maxName is how long names of devices and groups may be, in bytes.
const maxName = 64

// ValidName reports whether a device or a site may be called that: letters, digits and . _ / -, a
// letter or a digit first, at most 64 bytes.
func ValidName(s string) bool { return len(s) <= maxName && name.MatchString(s) }

// ValidGroup reports whether a group may be called that: a name, with one kind in front at most.
func ValidGroup(s string) bool { return len(s) <= 2*maxName && group.MatchString(s) }

var foreign = regexp.MustCompile(`[^\pL\pN._/-]+`)

// Plain makes a name of a text that another system allows: what may not stand in one becomes a dash.
func Plain(s string) string {
	s = foreign.ReplaceAllString(s, "-")
	for s != "" && !name.MatchString(s) {
		s = s[1:]
	}
	return s
}
