package query

import "strings"

// Filter keeps the rows with a text in one of their cells, case-insensitive. MAC addresses match in any
// notation. The empty Filter keeps all rows.
type Filter struct{ text, folded, mac string }

// Including returns the filter for a text.
func Including(text string) Filter {
	text = strings.Join(strings.Fields(text), " ")
	text = strings.ReplaceAll(text, "${", "$ {") // which clients would expand in a card
	return Filter{text, strings.ToLower(text), macDigits(text)}
}

// Empty reports whether the filter keeps everything.
func (f Filter) Empty() bool { return f.text == "" }

// Text returns the text that rows must have.
func (f Filter) Text() string { return f.text }

// NoMatch returns the sentence for rows of which the filter keeps none.
func (f Filter) NoMatch() string {
	if f.Empty() {
		return "No rows."
	}
	return "No rows match " + f.text + "."
}

// Keeps reports whether the filter keeps a row.
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

// macDigits returns the digits of a text that looks like a MAC address or a part of one: at least four
// hexadecimal digits, in groups of two or four between colons, dots or dashes. Otherwise it returns "".
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
