package inventory

import (
	"slices"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Distance returns by how many letters two words differ if one may be the other mistyped. It returns 0
// if they are equal or too different: more than a third of the letters, or more than three. Two
// neighbouring letters in the wrong order count once.
func Distance(a, b string) int {
	longest, shortest := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if longest < shortest {
		longest, shortest = shortest, longest
	}
	most := min(3, max(1, longest/3))
	if longest-shortest > most {
		return 0
	}
	if longest == shortest && swapped(a, b) {
		return 1
	}
	if d := levenshtein.ComputeDistance(a, b); d <= most {
		return d
	}
	return 0
}

// swapped reports whether b is a with two neighbouring letters in the wrong order.
func swapped(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && !utf8.RuneStart(a[i]) { // within a letter
		i--
	}
	x, y := []rune(a[i:]), []rune(b[i:])
	return len(x) > 1 && len(x) == len(y) && x[0] == y[1] && x[1] == y[0] && x[0] != x[1] && slices.Equal(x[2:], y[2:])
}
