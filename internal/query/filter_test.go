package query_test

import (
	"encoding/json"
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

// conditioned returns a table with a state, numbers, sizes, an age and addresses, for conditions.
func conditioned(t *testing.T) (facts []query.Fact, rows map[string][]query.Cell) {
	t.Helper()
	tmpl, err := query.Compile("t.yaml", []byte(`
title: T
words: [t]
platforms:
  ios-xe:
    requests: [{get: "m:a", rows: r}]
    facts:
      - {title: Name, from: name, heading: true}
      - {title: State, from: state, good: up, attention: [down, idle], warning: "*"}
      - {title: MTU, from: mtu}
      - {title: Speed, from: speed}
      - {title: Address, from: address}
      - {title: Last change, from: age}
      - {title: Input errors, from: errors}
`))
	if err != nil {
		t.Fatal(err)
	}
	row := func(name, state string, colour query.Colour, mtu, speed, raw, address, age, since string) []query.Cell {
		return []query.Cell{
			{Text: name}, {Text: state, Colour: colour}, {Text: mtu}, {Text: speed, Raw: json.Number(raw)}, {Text: address}, {Text: age, Raw: since}, {},
		}
	}
	return tmpl.Facts("ios-xe"), map[string][]query.Cell{
		"A": row("GigabitEthernet1", "up", query.Good, "1500", "1 Gbit/s", "1000000000", "192.0.2.1/24", "2d 0h", "2026-03-01T09:00:00Z"),
		"B": row("GigabitEthernet11", "down", query.Attention, "9000", "10 Gbit/s", "10000000000", "", "3h 0m", "2026-03-03T06:00:00Z"),
		"C": row("Loopback0", "testing", query.Warning, "1514", "8 Gbit/s", "8000000000", "192.0.2.10, 192.0.2.11", "5w 0d", "2026-01-27T09:00:00Z"),
	}
}

// TestConditions checks conditions on facts: on raw values, whatever the unit, and on the colour of the state.
func TestConditions(t *testing.T) {
	facts, rows := conditioned(t)
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"mtu > 1500": "BC", "mtu >= 1500": "ABC", "MTU<1514": "A", "mtu = 1500": "A", "mtu != 1500": "BC", "mtu == 9000": "B", "mtu <= 1514": "AC", "mtu > 1k": "ABC",
		"speed > 1g": "BC", "speed >= 1 Gbit/s": "ABC", "speed < 10000000000": "AC", "speed = 1000000000": "A",
		"state = down": "B", "state != down": "AC", "state is good": "A", "state is not good": "BC", "state is bad": "B", "state is warning": "C", "state = up|down": "AB",
		"last change < 1d": "B", "last change > 1w": "C", "last < 3d": "AB", "last change > 2 weeks": "C", "last change < 200m": "B",
		"address = 192.0.2.1": "A", "address = 192.0.2.10": "C", "address = 192.0.2.11": "C", "address = none": "B", "address != none": "AC", "address ~ ^192": "AC", "address !~ ^192": "B",
		"name = gi1": "A", "name = Gi 11": "B", "name ~ lo": "C", "name != lo0": "AB",
		"mtu > 1500 and state = down": "B", "state is not good and speed > 9g": "B", "exclude mtu > 1500": "A", "input errors > 0": "", "errors = none": "ABC",
		"mtu > 1500 | i Loop": "C", "i Gi | mtu > 1500": "B", "include Gi | exclude 11": "A", "exclude up | count": "BC", "mtu > many": "", "speed > 3d": "", "last change > 5": "",
	} {
		keeps := query.ParseFilter(text).Rows(facts, now)
		got := ""
		for _, name := range []string{"A", "B", "C"} {
			if keeps(rows[name]) {
				got += name
			}
		}
		if got != want {
			t.Errorf("%q keeps %q, want %q", text, got, want)
		}
		f := query.ParseFilter(text)
		if again := query.ParseFilter(f.Text()); again.Text() != f.Text() {
			t.Errorf("%q becomes %q, then %q", text, f.Text(), again.Text())
		}
	}
	if lacks := query.ParseFilter("i x | colour = red").Lacks(facts); lacks != "colour" {
		t.Errorf("it lacks %q", lacks)
	}
	if lacks := query.ParseFilter("state is good and mtu > 1 | exclude errors > 0").Lacks(facts); lacks != "" {
		t.Errorf("it lacks %q", lacks)
	}
	if q := query.ParseQuestion("every up: state is good"); q.Word != "up" || q.Claim.Text() != "state is good" || query.ParseQuestion("nonsense").Kind != "" {
		t.Errorf("the question is %+v", q)
	}
}

// TestLinePatterns checks regular expressions as on a device: over the whole line, with the underscore.
func TestLinePatterns(t *testing.T) {
	for text, want := range map[string]string{
		"^Bdi.*down": "B", "At.*up": "A", "^up": "A", "_65001_": "A", "_6500_": "", "colou?r": "B", "[0-9]{5}": "A", "a++": "", "exclude ^A": "B",
	} {
		if got := kept(query.ParseFilter(text), "Atm1;up;64500 65001", "Bdi2;down;colour"); got != want {
			t.Errorf("%q keeps %q, want %q", text, got, want)
		}
	}
}
