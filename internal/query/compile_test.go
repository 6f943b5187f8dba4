package query_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"overwatch/internal/query"
)

const good = `title: T
words: [t]
inputs:
  - {id: vrf}
platforms:
  ios-xe:
    requests:
      - get: m:a/b={vrf}
        rows: r
    facts:
      - {title: A, from: a}
`

// Each mistake is refused at load with its line and a sentence that says what to write instead.
func TestCompileRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":                {"rows: r", "rwos: r", `t.yaml:9: unknown key "rwos"`},
		"no title":                   {"title: T\n", "", "t.yaml: no title; it is the text of the button"},
		"no words":                   {"words: [t]\n", "", "t.yaml: no words; they are what people type"},
		"a word in capitals":         {"[t]", "[Show VRF]", `t.yaml:2: word "Show VRF" must be one to three words of small letters, digits and dashes`},
		"a word of four parts":       {"[t]", "[a b c d]", `t.yaml:2: word "a b c d" must be one to three words`},
		"no platforms":               {"platforms:\n  ios-xe:", "platformz:\n  ios-xe:", `unknown key "platformz"`},
		"an input without id":        {"{id: vrf}", "{id: vrf}\n  - {label: x}", `t.yaml:5: input id ""`},
		"an input twice":             {"{id: vrf}", "{id: vrf}\n  - {id: vrf}", `t.yaml:5: input vrf is defined twice`},
		"bad rules":                  {"{id: vrf}", "{id: vrf, rules: nonsense}", `t.yaml:4: input vrf: bad rules "nonsense"`},
		"no get":                     {"get: m:a/b={vrf}", "fields: a", `t.yaml:8: no get; it is the data resource`},
		"a path without module":      {"m:a/b={vrf}", "a/b", `t.yaml:8: get "a/b" doesn't start with module:node`},
		"an unknown input":           {"{vrf}", "{vfr}", `t.yaml:8: get "m:a/b={vfr}" uses {vfr}, which isn't among the inputs`},
		"a query in the path":        {"b={vrf}", "b?depth=1", `t.yaml:8: get "m:a/b?depth=1" has characters that a path can't have`},
		"a climbing path":            {"a/b={vrf}", "a/../b", `t.yaml:8: get "m:a/../b" has an empty or a .. part`},
		"an empty part":              {"rows: r", "rows: r//s", `t.yaml:8: rows "r//s" has an empty part`},
		"fields of another query":    {"rows: r", "fields: a&depth=1", `t.yaml:8: fields "a&depth=1" isn't of the form a;b(c;d)`},
		"an open bracket":            {"rows: r", "fields: a(b", `t.yaml:8: fields "a(b" isn't of the form a;b(c;d)`},
		"merge in the first":         {"rows: r", "merge: {a: b}", "t.yaml:8: the first request can't have merge"},
		"no merge in the second":     {"    facts:", "      - get: m:c\n    facts:", "t.yaml:10: a second request needs merge:"},
		"optional in an alternative": {"rows: r", "or: [{optional: true}]", "t.yaml:9: a request under or: or also: can't have merge, optional, or or also itself"},
		"a fact without title":       {"{title: A, from: a}", "{from: a}", "t.yaml:11: a fact has no title"},
		"a fact of nothing":          {"{title: A, from: a}", "{title: A}", `t.yaml:11: fact "A" needs either from (a leaf) or jq (an expression)`},
		"a fact of both":             {"from: a", "from: a, jq: .a", `t.yaml:11: fact "A" needs either from`},
		"a fact twice":               {"{title: A, from: a}", "{title: A, from: a}\n      - {title: A, from: b}", `t.yaml:12: fact "A" is defined twice`},
		"two headings":               {"{title: A, from: a}", "{title: A, from: a, heading: true}\n      - {title: B, from: b, heading: true}", "t.yaml:12: two facts are headings; a row has one"},
		"an unknown transform":       {"from: a", "from: a, as: shout", `t.yaml:11: fact "A": unknown transform "shout"; there are strip, match`},
		"a transform less its part":  {"from: a", "from: a, as: strip", `t.yaml:11: fact "A": transform strip needs its PREFIX, as in strip:PREFIX`},
		"a transform with too much":  {"from: a", "from: a, as: keys:x", `t.yaml:11: fact "A": transform keys takes nothing after a colon`},
		"a bad pattern":              {"from: a", "from: a, as: 'match:('", `t.yaml:11: fact "A": transform match: error parsing regexp`},
		"a bad expression":           {"from: a", "jq: '.a | |'", `t.yaml:11: fact "A": jq ".a | |": unexpected token`},
		"the environment":            {"from: a", "jq: 'input'", `t.yaml:11: fact "A": jq "input": `},
		"no YAML":                    {"title: T", "title: [", "not valid YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("%q isn't in the good template", c.old)
			}
			_, err := query.Compile("t.yaml", []byte(strings.Replace(good, c.old, c.new, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := query.Compile("t.yaml", []byte(good)); err != nil {
		t.Errorf("the good one is refused: %v", err)
	}
}

func TestSiteOverBuiltIn(t *testing.T) {
	builtin := fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(good, "[t]", "[a]", 1))}, "b.yaml": {Data: []byte(strings.Replace(good, "[t]", "[b]", 1))}}
	site := fstest.MapFS{"a.yaml": {Data: []byte(strings.NewReplacer("[t]", "[a]", "title: T", "title: Mine").Replace(good))}, "notes.txt": {Data: []byte("x")}}
	c, err := query.Load(builtin, site)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := c.Get("a"); len(c.All()) != 2 || a.Title != "Mine" {
		t.Errorf("got %d templates, a is %q", len(c.All()), a.Title)
	}
	_, err = query.Load(builtin, fstest.MapFS{"c.yaml": {Data: []byte(strings.Replace(good, "[t]", "[b]", 1))}})
	if err == nil || err.Error() != `c.yaml: the word "b" is taken by templates/b.yaml` {
		t.Errorf("a word of two: %v", err)
	}
}

func TestWords(t *testing.T) {
	for a, b := range map[string]string{"VRFs": "vrf", "bgp  Neighbors": "bgp neighbor", "os": "os", "status": "statu"} {
		if got := query.Fold(a); got != b {
			t.Errorf("%q: got %q, want %q", a, got, b)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(good)
	f.Add("title: T\nplatforms: {a: {requests: [{get: 'm:{x}', or: [{}]}], facts: [{jq: .}]}}")
	f.Fuzz(func(t *testing.T, src string) {
		q, err := query.Compile("t.yaml", []byte(src))
		if err == nil && (q.Title == "" || len(q.Platforms()) == 0) {
			t.Errorf("accepted without title or platform: %q", src)
		}
	})
}
