package query_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"overwatch/internal/query"
)

// withCLI returns a template with words and commands.
func withCLI(words, cli string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("title: T\nwords: " + words + "\ncli: " + cli + "\ninputs: [{id: vrf, value: default}]\n" +
		"platforms: {ios-xe: {requests: [{get: 'm:a', rows: r}], facts: [{title: Name, from: name, heading: true}]}}\n")}
}

// TestCommands checks what is wrong with the commands of templates: each mistake and each clash names its files.
func TestCommands(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]*fstest.MapFile
		want  string
	}{
		"right":                {map[string]*fstest.MapFile{"a.yaml": withCLI("[a]", "[a b, 'a <Name>', 'a vrf <vrf>']"), "b.yaml": withCLI("[b]", "[a c]")}, ""},
		"two have it":          {map[string]*fstest.MapFile{"a.yaml": withCLI("[a]", "[x y]"), "b.yaml": withCLI("[b]", "[x y]")}, `templates/b.yaml: the command "x y" is taken by templates/a.yaml`},
		"but for the argument": {map[string]*fstest.MapFile{"a.yaml": withCLI("[a]", "['x <vrf>']"), "b.yaml": withCLI("[b]", "['x <Name>']")}, `templates/b.yaml: the command "x <Name>" is taken by templates/a.yaml`},
		"a word of another":    {map[string]*fstest.MapFile{"a.yaml": withCLI("[a]", "[b]"), "b.yaml": withCLI("[b]", "[y]")}, `templates/a.yaml: the command "b" is a word of templates/b.yaml`},
		"no such argument":     {map[string]*fstest.MapFile{"a.yaml": withCLI("[a]", "['x <color>']")}, `templates/a.yaml:3: the argument <color> of the command "x <color>" is neither an input nor the title of a fact`},
		"no keyword":           {map[string]*fstest.MapFile{"a.yaml": withCLI("[a]", "['<Name>']")}, `templates/a.yaml:3: the command "<Name>" must be keywords of small letters, digits and dashes, and arguments such as <vrf>`},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for file, content := range c.files {
				files[file] = content
			}
			_, err := query.Load(files, nil)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}
