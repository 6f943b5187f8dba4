package access_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"overwatch/internal/access"
	"overwatch/internal/chat"
)

const roomUUID = "2b2cbe60-0000-4000-8000-0000000000aa"

func roomID(uri string) string { return base64.StdEncoding.EncodeToString([]byte(uri)) }

// A title in a rule is compared character by character; only * and ? stand for others.
func TestTitlesAreLiteral(t *testing.T) {
	for _, c := range []struct {
		pattern, title string
		want           bool
	}{
		{"[Public] Partners", "[Public] Partners", true},
		{"[Public] Partners", "p Partners", false},
		{"[Public] Partners", "  [PUBLIC] partners\t", true},
		{"[Public] Partners  ", "[Public] Partners", true},
		{"[NOC] Alerts", "n Alerts", false},
		{"[NOC] Alerts", "[NOC] Alerts", true},
		{"[a-z", "[a-z", true},
		{"[^x]", "a", false},
		{"a]b", "a]b", true},
		{"{ops,noc}", "ops", false},
		{"{ops,noc}", "{ops,noc}", true},
		{`ops\*`, `ops\2`, true},
		{`ops\*`, "ops*", false},
		{`c:\new`, `C:\NEW`, true},
		{"NOC / *", "NOC / Paris/Lyon", true},
		{"NOC *", "NOC", false},
		{"*", "anything", true},
		{"?", "é", true},
		{"?", "e\u0301", true}, // the same letter, written as two characters
		{"what?", "what?", true},
		{"what?", "whatever", false},
		{"Zürich", "ZU\u0308RICH", true},
		{"Straße", "STRASSE", true},
		{"ΟΔΟΣ", "οδος", true},
		{"(ops)+", "(ops)+", true},
		{"(ops)+", "opsops", false},
		{"a*b*c", "a" + strings.Repeat("b", 10_000), false},
	} {
		p := parse(t, "rules: [{permit: x, people: '*', spaces: ['"+c.pattern+"']}]")
		g := p.For(access.Subject{Person: person("a@example.com"), Room: chat.Room{ID: "r", Title: c.title}}, own)
		if g.May(vrf, core) != c.want {
			t.Errorf("%q and %.40q: %v", c.pattern, c.title, !c.want)
		}
		if e := g.Explain(vrf, core); e.Permitted != c.want || (e.Steps[0].Why == "") != c.want {
			t.Errorf("%q and %.40q: explained by %+v", c.pattern, c.title, e)
		}
	}
}

// A deny rule for a title keeps its space out, whatever is permitted behind it.
func TestDenyByTitle(t *testing.T) {
	p := parse(t, "rules:\n  - {deny: partners, spaces: '[Public] Partners'}\n  - {permit: all, people: '*'}\n")
	for title, want := range map[string]bool{"[Public] Partners": false, "p Partners": true, "Operations": true} {
		if p.For(access.Subject{Room: chat.Room{ID: "r", Title: title}}, own).May(vrf, core) != want {
			t.Errorf("%s: %v", title, !want)
		}
	}
}

// An id matches the one space, however the id is written; a title that looks like the id doesn't.
func TestSpacesByID(t *testing.T) {
	id := roomID("ciscospark://us/ROOM/" + roomUUID)
	for name, c := range map[string]struct {
		pattern string
		room    chat.Room
		want    bool
	}{
		"the id":                   {id, chat.Room{ID: id, Title: "x"}, true},
		"without padding":          {strings.TrimRight(id, "="), chat.Room{ID: id}, true},
		"the UUID":                 {strings.ToUpper(roomUUID), chat.Room{ID: id}, true},
		"of another cluster":       {id, chat.Room{ID: roomID("ciscospark://urn:TEAM:us-west-2_r/ROOM/" + roomUUID)}, true},
		"another space":            {id, chat.Room{ID: roomID("ciscospark://us/ROOM/2b2cbe60-0000-4000-8000-0000000000ab")}, false},
		"the id as a title":        {id, chat.Room{ID: "other", Title: id}, false},
		"the UUID as a title":      {roomUUID, chat.Room{ID: "other", Title: roomUUID}, false},
		"the id of a person":       {roomID("ciscospark://us/PEOPLE/" + roomUUID), chat.Room{ID: id}, false},
		"a direct space by its id": {id, chat.Room{ID: id, Direct: true}, true},
		"no id at all":             {id, chat.Room{}, false},
	} {
		p := parse(t, "rules: [{permit: x, people: '*', spaces: ['"+c.pattern+"']}]")
		if p.For(access.Subject{Room: c.room}, own).May(vrf, core) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// What names a space by its title is warned about, since anyone can choose the title.
func TestWarnings(t *testing.T) {
	p := parse(t, `rules:
  - deny: partners
    spaces: "[Public] Partners"
  - permit: ops
    people: example.com
    spaces: [Secure ops, direct, group, `+roomUUID+`]
`)
	got := strings.Join(p.Warnings(), "\n")
	want := `access.yaml:2: rule "partners": spaces: "[Public] Partners" is a title: a space can be renamed, and then the rule no longer applies; use the id, which overwatch access spaces lists
access.yaml:4: rule "ops": spaces: "Secure ops" is a title: anyone can give a space this title, and so gets what the rule permits; use the id, which overwatch access spaces lists`
	if got != want {
		t.Errorf("got %s", got)
	}
}

// Characters that were wildcards once would match nothing now, so they are refused where no name has
// them; braces never were.
func TestWildcardsOfNames(t *testing.T) {
	for text, good := range map[string]bool{
		"people: 'boss[1-2]@example.com'":               false,
		`people: 'a\*@example.com'`:                     false,
		"people: '{a}@example.com'":                     true,
		"people: '*', devices: ['core-[12]']":           false,
		`people: '*', devices: ['core\-1']`:             false,
		"people: '*', devices: ['site:par[iy]s']":       false,
		"people: '*', devices: ['core-?', 'site:p*']":   true,
		"people: '*', queries: ['[bv]*']":               false,
		"people: '*', queries: ['group:R*', ' bgp ']":   true,
		"people: '*', spaces: ['[NOC] {x} \\ Alerts']":  true,
		"people: '*', spaces: ['  ']":                   false,
		"people: '*', devices: ['  ']":                  false,
		"people: '*', devices: ['core-1 ', ' core-2 ']": true,
	} {
		_, err := access.Parse("access.yaml", []byte("rules: [{permit: x, "+text+"}]"))
		if (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzTitle(f *testing.F) {
	f.Add("[Public] *?{}\\", "x")
	f.Fuzz(func(t *testing.T, title, other string) {
		if strings.ContainsAny(title, "'\n\r") || strings.TrimSpace(title) == "" || len(title) > 200 {
			return
		}
		p, err := access.Parse("f", []byte("rules: [{permit: x, people: '*', spaces: ['"+title+"']}]"))
		if err != nil || len(p.Warnings()) == 0 { // a word, an id, or no YAML
			return
		}
		may := func(title string) bool {
			return p.For(access.Subject{Room: chat.Room{ID: "r", Title: title}}, own).May(vrf, core)
		}
		if !may(title) {
			t.Errorf("%q doesn't match itself", title)
		}
		if !strings.ContainsAny(title, "*?") && may(title+"x"+other) {
			t.Errorf("%q matches %q", title, title+"x"+other)
		}
	})
}
