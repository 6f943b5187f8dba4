package cards

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxInteger is the largest number up to which every integer has a float64 of its own, in Go as in
// the clients' JavaScript.
const maxInteger = 1<<53 - 1

// toValue turns what encoding/json can encode into the nil, bool, float64, string, []any and
// map[string]any that expressions work on.
func toValue(data any) (any, error) {
	encoded, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("the data can't be encoded: %w", err)
	}
	var v any
	if err := json.Unmarshal(encoded, &v); err != nil {
		return nil, fmt.Errorf("the data can't be decoded: %w", err)
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, errors.New("the data must be an object")
	}
	return v, verify("", v)
}

// verify refuses data that the official engine would read differently: numbers that lost digits,
// and names it can't tell apart because it ignores letter case.
func verify(pointer string, v any) error {
	switch v := v.(type) {
	case float64:
		if math.Abs(v) > maxInteger {
			return fmt.Errorf("the data's %s is beyond 2^53: send it as text", pointer)
		}
	case []any:
		for i, e := range v {
			if isLeaf(e) {
				continue
			}
			if err := verify(element(pointer, i), e); err != nil {
				return err
			}
		}
	case map[string]any:
		var room [16]string // most objects are small: their names need no allocation
		names := room[:0]
		for name, e := range v {
			for _, other := range names {
				if strings.EqualFold(name, other) {
					return fmt.Errorf("the data's %s has names that differ in letter case alone: %s, %s", pointer, min(name, other), max(name, other))
				}
			}
			names = append(names, name)
			if isLeaf(e) {
				continue
			}
			if err := verify(member(pointer, name), e); err != nil {
				return err
			}
		}
	}
	return nil
}

// isLeaf reports whether there is nothing in v to verify, so that no pointer needs to be made for it.
func isLeaf(v any) bool {
	switch v := v.(type) {
	case []any, map[string]any:
		return false
	case float64:
		return math.Abs(v) <= maxInteger
	}
	return true
}

// appendValue appends v as JSON: names sorted, no HTML escapes.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case float64:
		return appendNumber(dst, v)
	case string:
		dst = append(dst, '"')
		dst = appendEscaped(dst, v)
		return append(dst, '"')
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, e)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, name)
			dst = append(dst, ':')
			dst = appendValue(dst, v[name])
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
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
