package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

func facts(t *testing.T, list string) []query.Fact {
	t.Helper()
	return compile(t, "    requests: [{get: m:a}]\n    facts: "+list+"\n").Facts("ios-xe")
}

func table(facts []query.Fact, rows ...string) query.Table {
	tab := query.Table{Facts: facts}
	for _, row := range rows {
		var cells []query.Cell
		for text := range strings.SplitSeq(row, "|") {
			cells = append(cells, query.Cell{Text: text})
		}
		tab.Rows = append(tab.Rows, cells)
	}
	return tab
}

func TestDiff(t *testing.T) {
	own := facts(t, "[{title: Name, from: n, heading: true}, {title: State, from: s}, {title: Age, from: a, volatile: true}]")
	other := facts(t, "[{title: State, from: s}, {title: Name, from: n, heading: true}, {title: More, from: m}]")
	bare := facts(t, "[{title: CPU, from: c}]")
	for name, c := range map[string]struct {
		before, after query.Table
		want          []string
	}{
		"nothing":             {table(own), table(own), nil},
		"the same":            {table(own, "a|up|1", "b|down|2"), table(own, "b|down|9", "a|up|8"), nil},
		"added":               {table(own, "a|up|1"), table(own, "a|up|1", "b|down|2"), []string{"added b: State →down"}},
		"removed":             {table(own, "a|up|1", "b|down|2"), table(own, "a|up|1"), []string{"removed b: State down→"}},
		"changed":             {table(own, "a|up|1"), table(own, "a|down|1"), []string{"changed a: State up→down"}},
		"all of them":         {table(own, "a|up|1", "b|up|1"), table(own, "c|up|1", "b|x|1"), []string{"added c: State →up", "changed b: State up→x", "removed a: State up→"}},
		"twins stay":          {table(own, "a|up|1", "a|down|1"), table(own, "a|down|1", "a|up|1"), nil},
		"one of twins":        {table(own, "a|up|1", "a|down|1"), table(own, "a|down|1"), []string{"removed a: State up→"}},
		"a twin changes":      {table(own, "a|up|1", "a|down|1"), table(own, "a|down|1", "a|x|1"), []string{"changed a: State up→x"}},
		"another platform":    {table(own, "a|up|1"), table(other, "up|a|z"), nil},
		"another, other":      {table(own, "a|up|1"), table(other, "down|a|z"), []string{"changed a: State up→down"}},
		"without any heading": {table(bare, "1"), table(bare, "2"), []string{"changed : CPU 1→2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, ch := range query.Diff(c.before, c.after) {
				line := fmt.Sprintf("%s %s:", ch.Kind, ch.Heading)
				for _, d := range ch.Deltas {
					line += fmt.Sprintf(" %s %s→%s", d.Title, d.Before, d.After)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Runs have one key when they have one result.
func TestKey(t *testing.T) {
	tpl := compile(t, "    requests: [{get: m:a}]\n    facts: [{title: F, from: a}]\n")
	q := question(tpl)
	filtered := q
	filtered.Filter = query.ParseFilter("x")
	if q.Key() != filtered.Key() {
		t.Error("a filter changes the key")
	}
	for name, other := range map[string]query.Run{
		"device":   {Template: tpl, Device: inventory.Device{Name: "r2", Platform: "ios-xe"}, Values: q.Values},
		"platform": {Template: tpl, Device: inventory.Device{Name: "r1", Platform: "ietf"}, Values: q.Values},
		"value":    {Template: tpl, Device: q.Device, Values: form.Values{"key": "other"}},
	} {
		if other.Key() == q.Key() {
			t.Errorf("another %s has the same key", name)
		}
	}
}
