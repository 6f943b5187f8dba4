package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
)

// Run is a query to one device with the checked values of its inputs.
type Run struct {
	Template *Template
	Device   inventory.Device
	Values   form.Values
	Filter   Filter
}

// Typed returns the text that asks the same.
func (q Run) Typed() string { return typed(q.Template, q.Values, q.Device.Name, q.Filter) }

func typed(t *Template, values form.Values, target string, f Filter) string {
	words := []string{t.Word()}
	for i, in := range t.Inputs {
		switch v := values[in.ID]; {
		case v == "" || v == in.Value:
		case i == 0:
			words = append(words, v)
		default: // the ones before it may have been left out
			words = append(words, in.ID, v)
		}
	}
	words = append(words, target)
	if !f.Empty() {
		words = append(words, "|", f.Text())
	}
	return strings.Join(words, " ")
}

// Press returns what a button means that asks the same, on a card.
func (q Run) Press() button.Press {
	return press(q.Template, q.Values, q.Device.Name, q.Filter)
}

func press(t *Template, values form.Values, target string, f Filter) button.Press {
	p := button.Press{
		Do: button.Run, Query: t.Name, Device: target, Filter: f.Text(), Inputs: map[string]any{},
	}
	for id, v := range values {
		p.Inputs[id] = v
	}
	return p
}

// Key returns letters and digits that are the same for questions with the same result: one query on one
// device with the same values, whatever the filter.
func (q Run) Key() string {
	h := sha256.New()
	part := func(s string) { fmt.Fprintf(h, "%d:%s", len(s), s) }
	part(q.Template.Name)
	part(q.Device.Platform)
	part(q.Device.Name)
	for _, id := range slices.Sorted(maps.Keys(q.Values)) {
		part(id)
		part(q.Values[id])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Facts returns the columns of the answer.
func (q Run) Facts() []Fact { return q.Template.Facts(q.Device.Platform) }

// Filter keeps the rows that hold a text in one of their cells, whatever the case. The empty one
// keeps all. A MAC address is found however it is written.
type Filter struct{ text, folded, mac string }

// Including returns the filter for a text.
func Including(text string) Filter {
	text = strings.Join(strings.Fields(text), " ")
	text = strings.ReplaceAll(text, "${", "$ {") // which clients would expand in a card
	return Filter{text, strings.ToLower(text), macDigits(text)}
}

// Empty reports whether the filter keeps everything.
func (f Filter) Empty() bool { return f.text == "" }

// Text returns what rows have to hold.
func (f Filter) Text() string { return f.text }

// Keeps reports whether a row stays.
func (f Filter) Keeps(row []Cell) bool {
	if f.Empty() {
		return true
	}
	for _, c := range row {
		if strings.Contains(strings.ToLower(c.Text), f.folded) {
			return true
		}
		if f.mac != "" && strings.Contains(macDigits(c.Text), f.mac) {
			return true
		}
	}
	return false
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
