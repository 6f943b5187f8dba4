package redact

import (
	"encoding/json"
	"slices"
	"strings"
)

// JSON returns a JSON text with its secrets masked, as Value does, and its layout kept. The text may be cut
// off or broken. place is the path of the data resource that it is the response for.
func (r *Redactor) JSON(s, place string) string {
	if r == nil {
		return s
	}
	above := place[:max(0, strings.LastIndexByte(place, '/'))]
	m := jsonText{mask: r, places: []string{"", above, place}, names: []string{""}}
	for s != "" {
		s = m.next(s)
	}
	return m.out.String()
}

// jsonText goes through a JSON text.
type jsonText struct {
	mask   *Redactor
	places []string // where its outermost members may be: servers wrap a resource in different ways
	out    strings.Builder
	names  []string // of the members being read, from the outermost object or list inwards
}

// next writes the first token of a text, and returns the rest.
func (m *jsonText) next(s string) string {
	end := 1
	switch c := s[0]; {
	case c == '{', c == '[':
		m.names = append(m.names, "")
	case c == '}', c == ']':
		m.names = m.names[:max(1, len(m.names)-1)]
	case c == '"':
		return m.text(s)
	case c == '-', '0' <= c && c <= '9':
		if end = strings.IndexAny(s, ",]} \t\r\n"); end < 0 {
			end = len(s)
		}
		if m.secret() {
			m.out.WriteString(`"` + Mask + `"`)
			return s[end:]
		}
	case strings.IndexByte(",: \t\r\n", c) < 0: // true, false, null, or no JSON at all
		if end = strings.IndexAny(s, `{}[],"`); end < 0 {
			end = len(s)
		}
		m.out.WriteString(m.mask.Text(s[:end]))
		return s[end:]
	}
	m.out.WriteString(s[:end])
	return s[end:]
}

// text writes the text at the beginning of s, which is the name of a member or a value, and returns the rest.
func (m *jsonText) text(s string) string {
	end := 1
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end+1, len(s))
	quoted, rest := s[:end], s[end:]
	var value string
	switch {
	case strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), ":"):
		m.names[len(m.names)-1] = strings.Trim(quoted, `"`)
	case m.secret():
		quoted = `"` + Mask + `"`
	case json.Unmarshal([]byte(quoted), &value) == nil:
		if masked := m.mask.Text(value); masked != value {
			again, _ := json.Marshal(masked) // a string always marshals
			quoted = string(again)
		}
	default: // it is cut off or broken
		quoted = m.mask.Text(quoted)
	}
	m.out.WriteString(quoted)
	return rest
}

// secret reports whether the value that comes next is a secret by its place.
func (m *jsonText) secret() bool {
	path := ""
	for _, name := range m.names {
		if name != "" { // a list's entries have none
			path += "/" + name
		}
	}
	return slices.ContainsFunc(m.places, func(place string) bool { return Leaf(place + path) })
}
