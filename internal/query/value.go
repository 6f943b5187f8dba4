package query

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"overwatch/internal/printable"
)

// measure is a value that people read in another form than programs, such as 22.8 MB and 22812345.
type measure struct {
	text string
	raw  any // a json.Number, or a string
}

// numeric is a number as JSON writes it (RFC 8259, 6).
var numeric = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// number returns a value as a number, exactly as the device wrote it. RFC 7951, 6.1, has 64-bit numbers
// and decimals sent as strings.
func number(v any) (json.Number, bool) {
	text := plain(v)
	return json.Number(text), numeric.MatchString(text)
}

// plain returns a value as one line of text for people. An empty leaf that is there (RFC 7951, 6.9) is a
// yes.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return printable.Line(v)
	case measure:
		return v.text
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case float64: // of a jq expression
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		if emptyLeaf(v) {
			return "yes"
		}
		words := make([]string, 0, len(v))
		for _, item := range v {
			if s := plain(item); s != "" {
				words = append(words, s)
			}
		}
		return strings.Join(words, ", ")
	case map[string]any:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return printable.Line(string(b))
	}
	return fmt.Sprint(v)
}

// raw returns a value as programs read it: a bool, a json.Number or a string, or nil where plain says it
// all.
func raw(v any) any {
	switch v := v.(type) {
	case measure:
		return v.raw
	case bool, json.Number:
		return v
	case int, float64:
		return json.Number(plain(v))
	case []any:
		if emptyLeaf(v) {
			return true
		}
	}
	return nil
}

// emptyLeaf reports a leaf of type empty that is there: [null].
func emptyLeaf(list []any) bool { return len(list) == 1 && list[0] == nil }
