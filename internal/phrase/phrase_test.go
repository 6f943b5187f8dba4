package phrase_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"overwatch/internal/button"
	"overwatch/internal/inventory"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
	"overwatch/templates"
)

func device(name string, groups ...string) inventory.Device {
	return inventory.Device{Name: name, Platform: "ios-xe", Groups: groups}
}

// grammar returns the grammar of the project's own queries and some devices, of which some have names that
// begin like words of the language, or are such words.
func grammar(t testing.TB) (*phrase.Grammar, *query.Catalog) {
	t.Helper()
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := inventory.New([]inventory.Device{
		device("core1", "site:paris", "role:core"), device("core2", "site:oslo", "role:core"), device("r1", "site:paris", "role:edge"),
		device("r2", "site:oslo", "role:edge"), device("sw1", "site:paris", "role:access"), device("sw2", "site:paris", "role:access"),
		device("edge-rtr-01.example.net", "site:oslo"), device("down1"), device("status1"), device("bru-rtr1"), device("interlaken1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return phrase.New(catalog, devices, []string{"Overwatch NOC", "overwatch", "bot"}), catalog
}

// outcome returns what a text means, as the corpus writes it.
func outcome(r phrase.Reading) string {
	switch {
	case r.Do == button.Run:
		return run(r)
	case r.Do != button.Form:
		return "do " + string(r.Do)
	case r.Follows:
		return "next " + r.Say
	case r.Say != "":
		return "says " + r.Say
	case len(r.Unknown) > 0 && r.Query != nil:
		return fmt.Sprintf("unknown %s in %s", strings.Join(r.Unknown, " "), r.Query.Name)
	case len(r.Unknown) > 0:
		return "unknown " + strings.Join(r.Unknown, " ")
	case r.Query != nil:
		return "form " + run(r)
	}
	return strings.TrimSpace("form " + r.Target())
}

func run(r phrase.Reading) string {
	parts := []string{r.Query.Name}
	if r.Target() != "" {
		parts = append(parts, r.Target())
	}
	for _, id := range slices.Sorted(maps.Keys(r.Inputs)) {
		parts = append(parts, fmt.Sprintf("%s=%v", id, r.Inputs[id]))
	}
	if !r.Filter.Empty() {
		parts = append(parts, "| "+r.Filter.Text())
	}
	if q := r.Question.Text(); q != "" {
		parts = append(parts, "? "+q)
	}
	if r.Format != "" {
		parts = append(parts, r.Format)
	}
	if r.Compare {
		parts = slices.Insert(parts, 0, "diff")
	}
	return strings.Join(parts, " ")
}

// TestCorpus reads the texts of testdata/phrases.txt, each with what it means.
func TestCorpus(t *testing.T) {
	g, _ := grammar(t)
	src, err := os.ReadFile("testdata/phrases.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, want, ok := strings.Cut(line, " => ")
		if !ok {
			t.Fatalf("no => in %q", line)
		}
		count++
		got := outcome(g.Read(text))
		if begins, open := strings.CutSuffix(want, "…"); got != want && !(open && strings.HasPrefix(got, begins)) {
			t.Errorf("%s\n\tgot  %s\n\twant %s", text, got, want)
		}
	}
	if count < 400 {
		t.Errorf("the corpus has %d texts", count)
	}
}
