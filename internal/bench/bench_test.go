package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// TestBench runs every measurement briefly. It checks that there are figures, not what they are.
func TestBench(t *testing.T) {
	var out bytes.Buffer
	if err := bench(t.Context(), quick, &out); err != nil {
		t.Fatalf("%v, after\n%s", err, &out)
	}
	t.Logf("\n%s", &out)
	parts := map[string]string{} // output by title
	for part := range strings.SplitSeq(out.String(), "\n\n") {
		title, lines, _ := strings.Cut(strings.TrimLeft(part, "\n"), "\n")
		parts[title] = lines
	}
	// has reports whether a part has a line with a name and a figure.
	has := func(title, name string) bool {
		return regexp.MustCompile(`(?m)^ *` + regexp.QuoteMeta(name) + ` +[0-9]`).MatchString(parts[title])
	}
	for _, l := range quick.loads() {
		for _, k := range append([]kind{floor}, kinds...) {
			if !has(l.name, k.name) {
				t.Errorf("%s of %s isn't there", l.name, k.name)
			}
		}
	}
	for _, c := range new(world).allCurves(quick) {
		for _, size := range c.sizes {
			if !has(c.title, grouped(size)) {
				t.Errorf("%s at %d isn't there", c.title, size)
			}
		}
	}
	for title, lines := range parts {
		if strings.HasPrefix(strings.TrimSpace(title), "targets") && strings.Contains(lines, "saturated: % of the floor's questions/s") {
			return
		}
	}
	t.Error("nothing is said of what is wanted")
}
