package templates_test

import (
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
	"overwatch/internal/cases"
	"overwatch/internal/query"
	"overwatch/templates"
)

var update = flag.Bool("update", false, "write what comes out into the cases")

// Every query has cases beside it, one of them with its card, and every case gives the reply that is written
// there.
func TestCases(t *testing.T) {
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(templates.Files, "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	has, drawn := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		name, _, _ := strings.Cut(file, ".")
		has[name] = true
		t.Run(file, func(t *testing.T) {
			want, err := fs.ReadFile(templates.Files, file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := cases.Run(t.Context(), want, catalog, set)
			if err != nil {
				t.Fatal(err)
			}
			drawn[name] = drawn[name] || strings.Contains(string(got), "\n-- card --\n")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("run with -update if this is right:\n%s", diff)
			}
		})
	}
	for _, q := range catalog.All() {
		if !has[q.Name] {
			t.Errorf("%s has no case beside it", q.File)
		}
		if !drawn[q.Name] {
			t.Errorf("%s has no case with its card", q.File)
		}
	}
}

// The README has the table of platforms and releases.
func TestSupport(t *testing.T) {
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- support -->\n", "<!-- /support -->\n"
	before, rest, found := strings.Cut(string(readme), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the README has no place for the table")
	}
	want := catalog.Support()
	if *update {
		if err := os.WriteFile("README.md", []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("run with -update:\n%s", diff)
	}
}
