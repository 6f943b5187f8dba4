package query

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
)

// csvFile writes CSV (RFC 4180) with the byte order mark without which Excel garbles umlauts. Values are
// raw: bytes rather than megabytes. A result that isn't complete says so in a last line.
type csvFile struct {
	out    io.Writer
	w      *csv.Writer
	values []string
}

func (f *csvFile) begin(columns []column) error {
	f.w = csv.NewWriter(f.out)
	f.values = make([]string, len(columns))
	if _, err := io.WriteString(f.out, "\ufeff"); err != nil {
		return err
	}
	for i, c := range columns {
		f.values[i] = harmless(c.header())
	}
	return f.w.Write(f.values)
}

func (f *csvFile) row(_ string, cells []Cell) error {
	for i, c := range cells {
		switch v := c.Value().(type) {
		case nil:
			f.values[i] = ""
		case string:
			f.values[i] = harmless(v)
		case json.Number:
			f.values[i] = v.String()
		default:
			f.values[i] = fmt.Sprint(v)
		}
	}
	return f.w.Write(f.values)
}

func (*csvFile) close() {}

func (f *csvFile) end(e Ending) error {
	for _, remark := range e.sheetRemarks() {
		clear(f.values)
		f.values[0] = harmless(remark)
		if err := f.w.Write(f.values); err != nil {
			return err
		}
	}
	f.w.Flush()
	return f.w.Error()
}

var (
	// formula is where a spreadsheet would read a formula: at the beginning of a value, or after what
	// separates values in some country, since the file may be opened there.
	formula = regexp.MustCompile(`(^|[;,|\t])([\s"']*)([=+\-@＝＋－＠])`)
	// measured is a signed number, with a unit or without.
	measured = regexp.MustCompile(`^[+-][0-9][0-9.,]*( ?[A-Za-z%°µ/]+)?$`)
)

// harmless keeps text of a device from being run by a spreadsheet: an apostrophe makes it text. Signed
// numbers stay as they are.
func harmless(s string) string {
	if !begins(s) || !formula.MatchString(s) || measured.MatchString(s) {
		return s
	}
	return formula.ReplaceAllString(s, "$1$2'$3")
}

// begins reports whether a text may have what formula matches: a sign at the beginning of a value. It spares
// nearly all values the regular expression.
func begins(s string) bool {
	start := true // nothing but blanks and quotes since the beginning of a value
	for i := range len(s) {
		switch s[i] {
		case '=', '+', '-', '@', 0xEF: // the last begins the wide signs in UTF-8
			if start {
				return true
			}
		case ';', ',', '|', '\t':
			start = true
		case ' ', '\n', '\f', '\r', '"', '\'':
		default:
			start = false
		}
	}
	return false
}
