// Package yamlfile reads YAML files that people write: strictly, and with the file and line of every
// mistake, all of them at once.
//
// It is a leaf that any package may import. The meaning of a file is up to the package that reads it,
// which uses At to keep lines for rules that go beyond YAML.
package yamlfile

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Problem is one mistake in a file. Line counts from 1; 0 is the file as a whole.
type Problem struct {
	File    string
	Line    int
	Message string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Problems are all mistakes in one or more files. As an error it has one line for each.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems in the order of their lines as an error, or nil if there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return ps
}

// At is a value and its line.
type At[T any] struct {
	Value T
	Line  int
}

// UnmarshalYAML decodes the value as strictly as its surroundings.
func (a *At[T]) UnmarshalYAML(n *yaml.Node) error {
	a.Line = n.Line
	return n.Load(&a.Value, yaml.WithKnownFields())
}

// Texts is one text or a list of texts.
type Texts []string

// UnmarshalYAML takes either.
func (t *Texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = Texts{n.Value}
		return nil
	}
	return n.Load((*[]string)(t), yaml.WithKnownFields())
}

// Decode decodes src into into. Unknown keys, duplicate keys, values of the wrong kind and malformed YAML
// are Problems. An empty file, or one of comments only, leaves into unchanged.
func Decode(file string, src []byte, into any) error {
	if empty(src) {
		return nil
	}
	err := yaml.Load(src, into, yaml.WithKnownFields())
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &all):
		var ps Problems
		for _, e := range all.Errors {
			ps = append(ps, Problem{file, e.Mark.Line, plain(e.Message)})
		}
		return ps.Err()
	case errors.As(err, &one):
		return Problems{{file, one.Mark.Line, "not valid YAML: " + one.Message}}
	}
	return Problems{{file, 0, err.Error()}}
}

func empty(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

var (
	unknownKey = regexp.MustCompile(`^field (.+) not found in type .*$`)
	twice      = regexp.MustCompile(`^mapping key "(.+)" already defined at line (\d+)$`)
	wrongKind  = regexp.MustCompile("^cannot construct (!!\\w+)(?: `(.*)`)? into (.+)$")
)

// plain rewrites a message of the decoder for people who don't know Go's types.
func plain(message string) string {
	if m := unknownKey.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("unknown key %q", m[1])
	}
	if m := twice.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("key %q is defined twice; the first is on line %s", m[1], m[2])
	}
	if m := wrongKind.FindStringSubmatch(message); m != nil {
		got := m[2]
		switch {
		case m[1] == "!!seq":
			got = "a list"
		case m[1] == "!!map":
			got = "a mapping"
		case got == "":
			got = "nothing"
		default:
			got = fmt.Sprintf("%q", got)
		}
		return fmt.Sprintf("%s doesn't fit here: %s is needed", got, kind(m[3]))
	}
	return message
}

func kind(goType string) string {
	switch {
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"), strings.HasPrefix(goType, "float"):
		return "a number"
	case goType == "string":
		return "a text"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	return "a mapping of keys to values"
}
