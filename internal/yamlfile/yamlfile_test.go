package yamlfile_test

import (
	"testing"

	"overwatch/internal/yamlfile"
)

type document struct {
	Name  string                        `yaml:"name"`
	Port  int                           `yaml:"port"`
	On    bool                          `yaml:"on"`
	List  []string                      `yaml:"list"`
	Inner yamlfile.At[struct{ A int }]  `yaml:"inner"`
	Each  []yamlfile.At[string]         `yaml:"each"`
	Named map[string]yamlfile.At[[]int] `yaml:"named"`
}

func TestDecodeSaysWhatIsWrongAndWhere(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"nothing":         {"", ""},
		"comments":        {"# only\n  # these\n", ""},
		"all right":       {"name: a\nport: 1\non: true\nlist: [a]\ninner: {a: 1}\neach: [x]\nnamed: {n: [1]}\n", ""},
		"unknown":         {"name: a\nnmae: b\n", `f:2: unknown key "nmae"`},
		"unknown inside":  {"inner:\n  b: 1\n", `f:2: unknown key "b"`},
		"twice":           {"name: a\nname: b\n", `f:2: key "name" is defined twice; the first is on line 1`},
		"no number":       {"port: many\n", `f:1: "many" doesn't fit here: a number is needed`},
		"no yes or no":    {"on: perhaps\n", `f:1: "perhaps" doesn't fit here: true or false is needed`},
		"a list for text": {"name: [a]\n", "f:1: a list doesn't fit here: a text is needed"},
		"text for a list": {"list: a\n", `f:1: "a" doesn't fit here: a list is needed`},
		"two mistakes":    {"port: x\nnmae: y\n", "f:1: \"x\" doesn't fit here: a number is needed\nf:2: unknown key \"nmae\""},
	} {
		t.Run(name, func(t *testing.T) {
			var d document
			err := yamlfile.Decode("f", []byte(c.src), &d)
			if (err == nil) != (c.want == "") || (err != nil && err.Error() != c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAtRemembersLines(t *testing.T) {
	var d document
	if err := yamlfile.Decode("f", []byte("name: a\n\ninner: {a: 7}\neach:\n  - x\n\n  - y\n"), &d); err != nil {
		t.Fatal(err)
	}
	if d.Inner.Line != 3 || d.Inner.Value.A != 7 || d.Each[0].Line != 5 || d.Each[1].Line != 7 || d.Each[1].Value != "y" {
		t.Errorf("got %+v", d)
	}
}

func TestProblemsAreSorted(t *testing.T) {
	ps := yamlfile.Problems{{File: "b", Line: 1, Message: "z"}, {File: "a", Line: 9, Message: "y"}, {File: "a", Message: "x"}}
	if got := ps.Err().Error(); got != "a: x\na:9: y\nb:1: z" {
		t.Errorf("got %q", got)
	}
	if yamlfile.Problems(nil).Err() != nil {
		t.Error("no problems are an error")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: a\nport: x\n")
	f.Add("&a [*a]")
	f.Fuzz(func(_ *testing.T, src string) {
		var d document
		_ = yamlfile.Decode("f", []byte(src), &d) // must return
	})
}
