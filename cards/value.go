package cards

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxInteger is the largest number up to which every integer has a float64 of its own, in Go as in
// the clients' JavaScript.
const maxInteger = 1<<53 - 1

// maxDepth bounds how deep expressions, and objects and arrays, may be nested. Real cards need ten.
const maxDepth = 64

// record is an object of the data. Expressions work on nil, bool, float64, string, []any and *record.
type record struct {
	names  []string // sorted, each once; the records of one Go struct share them
	values []any    // in the order of names
}

func (r *record) get(name string) (any, bool) {
	i, ok := slices.BinarySearch(r.names, name)
	if !ok {
		return nil, false
	}
	return r.values[i], true
}

// Len, Less and Swap are for sort.Sort.
func (r *record) Len() int           { return len(r.names) }
func (r *record) Less(i, j int) bool { return r.names[i] < r.names[j] }
func (r *record) Swap(i, j int) {
	r.names[i], r.names[j] = r.names[j], r.names[i]
	r.values[i], r.values[j] = r.values[j], r.values[i]
}

// flaw says why data can't be used, and where.
type flaw struct{ pointer, say string }

func (f *flaw) Error() string { return "the data's " + f.pointer + " " + f.say }

// within returns the flaw as seen from further out.
func (f *flaw) within(pointer string) *flaw {
	f.pointer = pointer + f.pointer
	return f
}

// verify refuses data that the official engine would read differently: numbers that lost digits,
// and names it can't tell apart because it ignores letter case.
func verify(v any) *flaw {
	switch v := v.(type) {
	case float64:
		if math.Abs(v) > maxInteger {
			return &flaw{say: "is beyond 2^53: send it as text"}
		}
	case []any:
		for i, e := range v {
			if f := verify(e); f != nil {
				return f.within(element("", i))
			}
		}
	case *record:
		for i, name := range v.names {
			for _, other := range v.names[:i] {
				if strings.EqualFold(name, other) {
					return &flaw{say: fmt.Sprintf("has names that differ in letter case alone: %s, %s", other, name)}
				}
			}
			if f := verify(v.values[i]); f != nil {
				return f.within(member("", name))
			}
		}
	}
	return nil
}

// appendValue appends v as JSON: names sorted, no HTML escapes.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case float64:
		return appendNumber(dst, v)
	case string:
		return appendText(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, e)
		}
		return append(dst, ']')
	case *record:
		dst = append(dst, '{')
		for i, name := range v.names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, name), ':')
			dst = appendValue(dst, v.values[i])
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

func appendText(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

// appendNumber writes a number as JavaScript does (ECMA-262, Number::toString), which both JSON and
// text want. verify keeps numbers below the 1e21 from which exponents begin.
func appendNumber(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, '0') // also for -0
	}
	if math.Abs(f) >= 1e-6 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-2] == '0' { // Go writes 1e-07, JavaScript 1e-7
		dst = append(dst[:n-2], dst[n-1])
	}
	return dst
}

// appendEscaped appends s as the inside of a JSON string (RFC 8259, section 7).
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, s[start:]...)
}

// kindOf names a value's kind for an error.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return "a number"
	case string:
		return "a text"
	case []any:
		return "a list"
	}
	return "an object"
}

// shorten keeps a quoted value from filling an error.
func shorten(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "..."
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|' ' && c|' ' <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
