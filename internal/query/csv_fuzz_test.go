package query

import "testing"

// What is spared the regular expression never matches it.
func FuzzBegins(f *testing.F) {
	for _, s := range []string{"=1", "x;=1", " '=1", "x, +1", "＝1", "a-b", "x\t@y", "", "x|\"-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if formula.MatchString(s) && !begins(s) {
			t.Errorf("%q has the beginning of a formula", s)
		}
	})
}
