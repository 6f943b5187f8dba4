package inventory

import (
	"path"
	"slices"
	"strings"
)

// Fits reports whether text, in an access rule, applies to a device: its name or a pattern of names, a
// group with its kind, such as site:paris or group:edge, whose name may be a pattern too, or group:all.
// Unlike in Select, the beginning of a name isn't enough.
func Fits(text string, d Device) bool {
	text = fold(text)
	if !strings.Contains(text, ":") {
		return Match(text, d.Name)
	}
	plain, isGroup := strings.CutPrefix(text, "group:")
	return text == everything || slices.ContainsFunc(d.Groups, func(g string) bool {
		return Match(text, g) || isGroup && Match(plain, g)
	})
}

// Match reports whether a name matches a pattern: *, ? and [a-z] stand for any characters, slashes
// included. A malformed pattern matches nothing.
func Match(pattern, name string) bool {
	plain := func(s string) string { return strings.ReplaceAll(fold(s), "/", "\x00") }
	ok, err := path.Match(plain(pattern), plain(name))
	return ok && err == nil
}
