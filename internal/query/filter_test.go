package query_test

import (
	"strings"
	"testing"
	"time"

	"overwatch/internal/query"
)

// kept returns the texts of the rows that a filter keeps, one letter for each.
func kept(f query.Filter, rows ...string) string {
	var list []string
	keeps := f.Rows(nil, time.Time{})
	for _, r := range rows {
		row := []query.Cell{}
		for text := range strings.SplitSeq(r, ";") {
			row = append(row, query.Cell{Text: text})
		}
		if keeps(row) {
			list = append(list, r[:1])
		}
	}
	return strings.Join(list, "")
}

func TestFilter(t *testing.T) {
	rows := []string{
		"A;GigabitEthernet1/0/1;up;00:00:5e:00:53:0a",
		"B;GigabitEthernet1/0/11;down;uplink to Lo",
		"C;Loopback0;up;10.1.2.3",
		"D;Vlan3;unassigned;a  b",
	}
	for text, want := range map[string]string{
		"": "ABCD", "gigabit": "AB", "ETHERNET1": "AB", "nothing": "", "up": "ABC",
		// MAC addresses and interfaces, however they are written
		"0000.5e00.530a": "A", "00-00-5E-00-53-0A": "A", "5e00.53": "A", "0000.5e00.530b": "", "530a": "",
		"gi1/0/1": "A", "Gi 1/0/1": "A", "vl3": "D", "lo0": "C",
		// quotes, and modes as on a device
		`"up"`: "ABC", "'up'": "ABC", `""`: "ABCD", "include up": "ABC", "i up": "ABC", "inc down": "B", "grep down": "B", "grep -v down": "ACD",
		"exclude down": "ACD", "ex unass": "ABC", "e up": "D", "begin Lo": "BCD", "b loopback": "CD", "section Vlan": "D",
		"count up": "ABC", "Include": "", "exclude": "",
		// alternatives and regular expressions
		"vlan|loop": "CD", "include vlan | loop": "CD", "exclude vlan|loop": "AB", "up|": "ABC", "|": "ABCD", "^Gi": "AB", "^up$": "AC", "(": "", "10.1.2.3": "C", "10+1": "",
	} {
		if got := kept(query.ParseFilter(text), rows...); got != want {
			t.Errorf("%q keeps %q, want %q", text, got, want)
		}
	}
}

// A filter's text gives the same filter again: it is typed, carried by buttons and kept in records.
func TestFilterText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "  a \t b ": "a b", "ex unass": "exclude unass", "i x": "x", `"x y"`: `"x y"`, "b Gi | Lo": "begin Gi | Lo", "count": "count", "co up": "count up",
		"${x}": "$ {x}", "include include": "include", "include exclude x": "include exclude x",
	} {
		f := query.ParseFilter(text)
		if f.Text() != want {
			t.Errorf("%q is written %q, want %q", text, f.Text(), want)
		}
		if again := query.ParseFilter(f.Text()); again.Text() != f.Text() {
			t.Errorf("%q becomes %q", f.Text(), again.Text())
		}
	}
	if !query.ParseFilter("count up").Counts() || query.ParseFilter("").Counts() {
		t.Error("which filters only count")
	}
	if long := query.ParseFilter(strings.Repeat("é", 900)).Text(); len([]rune(long)) != 200 {
		t.Errorf("a long text is cut to %d characters", len([]rune(long)))
	}
}
