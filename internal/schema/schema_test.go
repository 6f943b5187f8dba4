package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"overwatch/internal/schema"
)

// modules are small ones in which everything happens that is hard about real ones.
var modules = map[string]string{
	"base": `module base { namespace "urn:base"; prefix b; include base-sub;
  grouping counters { container statistics { leaf in { type uint64; } leaf out { type uint64; } } }
  container top {
    leaf name { type string; }
    list entry { key "id kind"; leaf id { type uint32; } leaf kind { type string; } uses counters;
      choice how { case one { leaf single { type string; } } case two { container double { leaf both { type string; } } } } }
  }
  list outer { key name; leaf name { type string; } container inner { list leafy { key x; leaf x { type string; } } } }
  rpc reset { input { leaf hard { type boolean; } } }
}`,
	"base-sub": `submodule base-sub { belongs-to base { prefix b; } container part { leaf of { type string; } } }`,
	"more": `module more { namespace "urn:more"; prefix m; import base { prefix b; }
  augment "/b:top/b:entry" { leaf extra { type string; } container deep { leaf down { type string; } } } }`,
	"most": `module most { namespace "urn:most"; prefix o; import base { prefix b; } import more { prefix m; }
  augment "/b:top/b:entry/m:deep" { leaf deeper { type string; } } }`,
	"lonely":         `module lonely { namespace "urn:lonely"; prefix l; leaf alone { type string; } }`,
	"lost":           `module lost { namespace "urn:lost"; prefix l; import nowhere { prefix n; } container here { leaf x { type string; } } }`,
	"broken":         `module broken { namespace "urn:broken"; prefix b; container`,
	"crashing":       `module crashing { namespace "urn:c"; prefix c; leaf leaf { type string; } augment /c:leaf { leaf x { type string; } } container here; }`,
	"crashed":        `module crashed { namespace "urn:d"; prefix d; import crashing { prefix c; } container here { leaf x { type string; } } }`,
	"base-deviation": `module base-deviation { namespace "urn:d"; prefix d; import base { prefix b; } deviation /b:top/b:name { deviate not-supported; } }`,
}

func small(t testing.TB) *schema.Schema {
	t.Helper()
	dir := t.TempDir()
	for name, src := range modules {
		if err := os.WriteFile(filepath.Join(dir, name+".yang"), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := schema.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestResolve(t *testing.T) {
	s := small(t)
	for path, want := range map[string]string{
		"base:top":                                 "",
		"base:top/name":                            "", // a deviation of some device is none of our business
		"base:top/entry":                           "",
		"base:top/entry={id},b%2Fc":                "",
		"base:top/entry=1,a/statistics/in":         "",
		"base:top/entry=1,a/single":                "", // neither the choice nor the case is seen
		"base:top/entry=1,a/double/both":           "",
		"base:top/entry=1,a/more:extra":            "",
		"base:top/entry=1,a/more:deep/most:deeper": "",
		"base:part/of":                             "",
		"base:outer=a/inner/leafy=b/x":             "",
		"lonely:alone":                             "",
		"top":                                      `"top" has no module in front`,
		"bsae:top":                                 `module bsae isn't in DIR; did you mean "base"?`,
		"base:tpo":                                 `module base has no "tpo"; did you mean "top"?`,
		"base:reset":                               `module base has no "reset"`,
		"base:top/entry=1,a/statistics/inn":        `base:top/entry/statistics has no "inn"; did you mean "in"?`,
		"base:top/entry=1":                         "base:top/entry has 2 keys (id, kind), not 1",
		"base:top/name=1":                          "base:top/name isn't a list, so it has no keys",
		"base:top/entry/single":                    "base:top/entry is a list in the middle of the path and needs its keys (id, kind)",
		"base:top/entry=1,a/extra":                 "base:top/entry/extra is a node of another module than what it stands in: write more:extra",
		"base:top/more:name":                       "base:top/name is a node of module base, not of more",
		"broken:x":                                 "DIR/broken.yang can't be read: ",
		"crashing:here":                            "DIR/crashing.yang can't be used: goyang fails on it: ",
		"crashed:here/x":                           "DIR/crashing.yang can't be used: goyang fails on it: ",
		"lost:here/x":                              "lost can't be used", // what it imports is missing
	} {
		_, err := s.Resolve(path)
		switch got := say(err); {
		case path == "lost:here/x":
			// goyang may or may not make a tree of it; it must not panic.
		case want == "" && err != nil, want != "" && !strings.HasPrefix(got, want):
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// say is an error without the directory's name.
func say(err error) string {
	if err == nil {
		return ""
	}
	words := strings.Fields(err.Error())
	for i, w := range words {
		if strings.HasPrefix(w, os.TempDir()) {
			words[i] = "DIR" + strings.TrimPrefix(w, filepath.Dir(strings.TrimRight(w, ";")))
			if !strings.HasSuffix(w, ".yang") {
				words[i] = "DIR" + w[len(strings.TrimRight(w, ";")):]
			}
		}
	}
	return strings.Join(words, " ")
}

func TestChildAndFields(t *testing.T) {
	n, err := small(t).Resolve("base:top")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"entry/statistics/in": "", "entry/extra": "", "entry/more:extra": "", "entry/deep/deeper": "",
		"entry/nothing": `base:top/entry has no "nothing"`,
	} {
		if _, err := n.Child(path); say(err) != want {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	for filter, want := range map[string]string{
		"name": "", "name;entry(id;kind)": "", "entry(statistics/in;more:deep(most:deeper))": "", "entry/statistics(in;out);name": "",
		"entry(id":    "fields: a ) is missing after base:top/entry",
		"entry)":      `fields: unexpected ")"`,
		"entry(di)":   `fields: base:top/entry has no "di"`,
		"entry(deep)": "fields: base:top/entry/deep is a node of another module than what it stands in: write more:deep",
		"":            `fields: base:top has no ""`,
	} {
		if err := n.Fields(filter); say(err) != want {
			t.Errorf("%s: got %v, want %q", filter, err, want)
		}
	}
	entry, err := n.Child("entry")
	if err != nil {
		t.Fatal(err)
	}
	if !entry.IsList() || entry.IsLeaf() || len(entry.Keys()) != 2 || !entry.Has("deeper") || entry.Has("name") {
		t.Errorf("entry is %+v", entry)
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := schema.Load(t.TempDir()); err == nil {
		t.Error("a directory without modules is accepted")
	}
}

func FuzzResolve(f *testing.F) {
	s := small(f)
	for _, path := range []string{"base:top/entry=1,a/more:extra", "base:", ":", "/", "base:top//name", "base:top/entry=="} {
		f.Add(path, "a;b(c)")
	}
	f.Fuzz(func(t *testing.T, path, fields string) {
		n, err := s.Resolve(path)
		if (n == nil) == (err == nil) {
			t.Fatalf("%q: %v and %v", path, n, err)
		}
		if err == nil {
			_ = n.Fields(fields)
			_, _ = n.Child(fields)
		}
	})
}
