package query

import "strings"

// ChangeKind is what became of a row.
type ChangeKind string

// What may become of a row.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is a row that isn't the same in two answers.
type Change struct {
	Kind    ChangeKind
	Heading string
	Deltas  []Delta // of a changed row the facts that differ, else all that are there
}

// Delta is a fact before and after; a side where it is absent is empty.
type Delta struct{ Title, Before, After string }

// Table is rows with their columns.
type Table struct {
	Facts []Fact
	Rows  [][]Cell
}

// Diff returns what differs between two answers: rows that changed or were added in the order of the
// later one, then rows that were removed. Rows belong together by their heading; facts that differ
// with every answer, and those that only one side has, aren't compared.
func Diff(before, after Table) []Change {
	d := newDiffer(before.Facts, after.Facts)
	waiting := map[string][][]Cell{} // rows of before by heading, in their order
	for _, row := range before.Rows {
		h := heading(before.Facts, row)
		waiting[h] = append(waiting[h], row)
	}
	for pass, same := range []bool{true, false} { // what is equal pairs up first
		rest := after.Rows[:0:0]
		for _, row := range after.Rows {
			h := heading(after.Facts, row)
			at := d.partner(waiting[h], row, same)
			switch {
			case at >= 0:
				if !same {
					d.changes = append(d.changes, Change{Changed, h, d.deltas(waiting[h][at], row)})
				}
				waiting[h] = append(waiting[h][:at:at], waiting[h][at+1:]...)
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
		if len(waiting[h]) == 0 || &waiting[h][0][0] != &row[0] {
			continue
		}
		waiting[h] = waiting[h][1:]
		d.changes = append(d.changes, Change{Removed, h, d.all(row, 0)})
	}
	return d.changes
}

type differ struct {
	columns [][2]int // where the compared facts stand in both
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

// partner returns where among rows the one stands that row was before, or -1: an equal one, or else
// the most alike.
func (d *differ) partner(rows [][]Cell, row []Cell, same bool) int {
	best, most := -1, -1
	for i, candidate := range rows[:min(len(rows), 100)] { // of so many with one name any will do
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

// all returns what a row of one side has.
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

// heading names a row: by its heading, or in answers without one, of which there are few rows, by
// nothing at all.
func heading(facts []Fact, row []Cell) string {
	for i, f := range facts {
		if f.Heading {
			return strings.TrimSpace(row[i].Text)
		}
	}
	return ""
}
