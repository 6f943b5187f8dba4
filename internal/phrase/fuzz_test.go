package phrase_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"overwatch/internal/button"
	"overwatch/internal/query"
)

// FuzzRead checks that no text panics, and that what is run is complete: it has a query and devices, no word of
// it is left over, and its filter and question mean the same when they are read again.
func FuzzRead(f *testing.F) {
	src, err := os.ReadFile("testdata/phrases.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		if text, _, ok := strings.Cut(line, " => "); ok {
			f.Add(text)
		}
	}
	f.Add(strings.Repeat("bgp ", 2000))
	f.Add(strings.Repeat("neighbors ", 199)) // many ways to read it
	f.Add(strings.Repeat("show ip r1 | ", 500))
	g, _ := grammar(f)
	f.Fuzz(func(t *testing.T, text string) {
		r := g.Read(text)
		if r.Do != button.Run {
			return
		}
		if r.Query == nil || len(r.Devices) == 0 || len(r.Unknown) > 0 {
			t.Errorf("%q runs although it isn't complete: %s", text, outcome(r))
		}
		if again := query.ParseFilter(r.Filter.Text()); again.Text() != r.Filter.Text() {
			t.Errorf("%q: the filter %q becomes %q", text, r.Filter.Text(), again.Text())
		}
		if again := query.ParseQuestion(r.Question.Text()); again.Text() != r.Question.Text() {
			t.Errorf("%q: the question %q becomes %q", text, r.Question.Text(), again.Text())
		}
	})
}

// TestAbbreviations checks every abbreviation of every command: with a keyword cut to a length at which no other
// command has one that begins so, it is the same query, unless what can't be answered begins so as well. One that
// isn't run is explained.
func TestAbbreviations(t *testing.T) {
	g, catalog := grammar(t)
	arguments := map[string]string{"<address>": "192.0.2.9", "<name>": "Gi1/0/1", "<Interface>": "Gi1/0/1", "<Port>": "Gi1/0/1", "<VLAN>": "20", "<Neighbor>": "192.0.2.9", "<neighbor>": "192.0.2.9", "<Operation>": "10"}
	tried := 0
	for _, q := range catalog.All() {
		for _, command := range q.CLI {
			words := strings.Fields(command)
			for i, w := range words {
				if strings.HasPrefix(w, "<") {
					if words[i] = arguments[w]; words[i] == "" {
						words[i] = "X1"
					}
				}
			}
			if r := g.Read("show " + strings.Join(words, " ") + " r1"); r.Do != button.Run || r.Query != q {
				t.Errorf("show %s is %s, not %s", strings.Join(words, " "), outcome(r), q.Name)
			}
			for i, w := range words {
				if strings.HasPrefix(strings.Fields(command)[i], "<") {
					continue
				}
				for n := 1; n < len(w); n++ {
					short := slices.Clone(words)
					short[i] = w[:n]
					text := "sh " + strings.Join(short, " ") + " r1"
					r := g.Read(text)
					tried++
					same := r.Do == button.Run && r.Query == q
					if !same && alone(catalog, strings.Fields(command)[:i], w[:n]) && r.Say == "" {
						t.Errorf("%s is %s, not %s", text, outcome(r), q.Name)
					}
					if r.Do != button.Run && r.Say == "" && len(r.Unknown) == 0 {
						t.Errorf("%s isn't run and doesn't say why: %s", text, outcome(r))
					}
				}
			}
		}
	}
	if tried < 300 {
		t.Errorf("only %d abbreviations were tried", tried)
	}
}

// alone reports whether all commands that continue some words with a keyword that begins so have the same one.
func alone(catalog *query.Catalog, before []string, begins string) bool {
	var keywords []string
	for _, q := range catalog.All() {
		for _, command := range q.CLI {
			words := strings.Fields(command)
			if len(words) > len(before) && slices.Equal(words[:len(before)], before) && strings.HasPrefix(words[len(before)], begins) && !slices.Contains(keywords, words[len(before)]) {
				keywords = append(keywords, words[len(before)])
			}
		}
	}
	return len(keywords) == 1
}
