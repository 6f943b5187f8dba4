package query

import "strings"

// ChangeKind is how a row differs between two results.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is a row that differs between two results.
type Change struct {
	Kind    ChangeKind
	Heading string
	Deltas  []Delta // of a changed row the facts that differ, otherwise all facts it has
}

// Delta is a fact before and after; a side where it is absent is empty.
type Delta struct{ Title, Before, After string }

// Table is rows with their columns.
type Table struct {
	Facts []Fact
	Rows  [][]Cell
}

// Diff returns the changes between two results: changed and added rows in the order of the later one, then
// removed rows. Rows with the same heading belong together. Volatile facts, and facts that only one side
// has, aren't compared.
func Diff(before, after Table) []Change {
	d := newDiffer(before.Facts, after.Facts)
	unpaired := map[string][][]Cell{} // rows of before by heading, in their order
	for _, row := range before.Rows {
		h := heading(before.Facts, row)
		unpaired[h] = append(unpaired[h], row)
	}
	for pass, same := range []bool{true, false} { // equal rows pair up first
		rest := after.Rows[:0:0]
		for _, row := range after.Rows {
			h := heading(after.Facts, row)
			at := d.partner(unpaired[h], row, same)
			switch {
			case at >= 0:
				if !same {
					d.changes = append(d.changes, Change{Changed, h, d.deltas(unpaired[h][at], row)})
				}
				unpaired[h] = append(unpaired[h][:at:at], unpaired[h][at+1:]...)
			case pass == 0:
				rest = append(rest, row)
			default:
				d.changes = append(d.changes, Change{Added, h, d.all(row, 1)})
			}
		}
		after.Rows = rest
	}
	for _, row := range before.Rows {
		h := heading(before.Facts, row)
		if len(unpaired[h]) == 0 || &unpaired[h][0][0] != &row[0] {
			continue
		}
		unpaired[h] = unpaired[h][1:]
		d.changes = append(d.changes, Change{Removed, h, d.all(row, 0)})
	}
	return d.changes
}

// differ compares two results.
type differ struct {
	columns [][2]int // of the compared facts: in the earlier and the later result
	titles  []string
	shown   [2][]Fact
	changes []Change
}

func newDiffer(before, after []Fact) *differ {
	d := &differ{shown: [2][]Fact{before, after}}
	for i, a := range after {
		for j, b := range before {
			if a.Title == b.Title && !a.Varies && !b.Varies {
				d.columns = append(d.columns, [2]int{j, i})
				d.titles = append(d.titles, a.Title)
			}
		}
	}
	return d
}

// partner returns the index of the row among rows that belongs to row, or -1: an equal one with same,
// otherwise the one with the most equal facts.
func (d *differ) partner(rows [][]Cell, row []Cell, same bool) int {
	best, most := -1, -1
	for i, candidate := range rows[:min(len(rows), 100)] { // bounds the work on many rows of one name
		alike := 0
		for _, c := range d.columns {
			if candidate[c[0]].Text == row[c[1]].Text {
				alike++
			}
		}
		if same && alike < len(d.columns) {
			continue
		}
		if alike > most {
			best, most = i, alike
		}
	}
	return best
}

func (d *differ) deltas(before, after []Cell) (list []Delta) {
	for i, c := range d.columns {
		if b, a := before[c[0]].Text, after[c[1]].Text; b != a {
			list = append(list, Delta{d.titles[i], b, a})
		}
	}
	return list
}

// all returns the facts that a row of one side has.
func (d *differ) all(row []Cell, side int) (list []Delta) {
	for i, f := range d.shown[side] {
		switch {
		case f.Heading || f.Varies || row[i].Text == "":
		case side == 0:
			list = append(list, Delta{Title: f.Title, Before: row[i].Text})
		default:
			list = append(list, Delta{Title: f.Title, After: row[i].Text})
		}
	}
	return list
}

// heading returns the name of a row, or nothing in results without headings.
func heading(facts []Fact, row []Cell) string {
	for i, f := range facts {
		if f.Heading {
			return strings.TrimSpace(row[i].Text)
		}
	}
	return ""
}
