package printable_test

import (
	"testing"
	"unicode/utf8"

	"overwatch/internal/printable"
)

func TestLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":              {"GigabitEthernet1/0/1", "GigabitEthernet1/0/1"},
		"blanks around":      {"  FOC1234  ", "FOC1234"},
		"umlauts":            {"Zürich Süd", "Zürich Süd"},
		"lines":              {"a\r\nb\tc\u2028d\u0085e", "a  b c d e"},
		"C0 and DEL":         {"a\x00b\x1b[31mc\x7f", "ab[31mc"},
		"C1":                 {"a\u009b31mb\u009d", "a31mb"},
		"invalid UTF-8":      {"a\xffb\xc3", "a\ufffdb\ufffd"},
		"a raw C1 byte":      {"a\x9b31m", "a\ufffd31m"},
		"override":           {"a\u202egpj.exe\u202c", "agpj.exe"},
		"isolates and marks": {"\u2066a\u2069\u200e\u200f\u061cb", "ab"},
		"no width":           {"r1\u200b\u200c\u200d\u2060\ufeff\u00ad", "r1"},
		"tags":               {"a\U000e0041", "a"},
		"blank letters":      {"a\u3164\u115f\u034fb", "ab"},
		"nothing left":       {"\u200b\x00 ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := printable.Line(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	const in, want = "{\r\n  \"a\": \"\x1b[31m\u202eb\",\n\t\"c\": 1 \n\n}\u200b", "{\n  \"a\": \"[31mb\",\n\t\"c\": 1\n\n}"
	if got := printable.Lines(in); got != want {
		t.Errorf("got %q", got)
	}
}

// Whatever goes in, what comes out is valid UTF-8 and stays the same the second time.
func FuzzLine(f *testing.F) {
	f.Add("a\xff\u202e b")
	f.Fuzz(func(t *testing.T, s string) {
		line := printable.Line(s)
		if !utf8.ValidString(line) || printable.Line(line) != line {
			t.Errorf("%q became %q", s, line)
		}
	})
}
