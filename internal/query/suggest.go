package query

import (
	"cmp"
	"maps"
	"slices"

	"overwatch/internal/inventory"
)

// Similar returns at most limit templates with a word like a mistyped one, the most similar first.
func (c *Catalog) Similar(word string, limit int) []*Template {
	type guess struct {
		template *Template
		distance int
	}
	var guesses []guess
	for _, known := range slices.Sorted(maps.Keys(c.byFold)) {
		if d := inventory.Distance(known, Fold(word)); d > 0 {
			guesses = append(guesses, guess{c.byFold[known], d})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(rank(a.template), rank(b.template)))
	})
	var found []*Template
	for _, g := range guesses {
		if len(found) < limit && !slices.Contains(found, g.template) {
			found = append(found, g.template)
		}
	}
	return found
}
