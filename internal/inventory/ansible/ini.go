package ansible

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// iniReader reads an inventory in INI into a tree (ansible/plugins/inventory/ini.py).
type iniReader struct {
	tree    *tree
	pending map[string]*pendingGroup // groups that are used and not yet defined
	order   []string                 // of them
}

type pendingGroup struct {
	vars    bool // its variables came first
	line    int
	parents []*group
}

var (
	iniSection = regexp.MustCompile(`^\[([^:\]\s]+)(?::([\pL\pN_]+))?\]\s*(?:#.*)?$`)
	iniGroup   = regexp.MustCompile(`^([^:\]\s]+)\s*(?:#.*)?$`)
)

func (r *iniReader) read(src []byte) error {
	r.pending = map[string]*pendingGroup{}
	g, section := r.tree.groups[groupUngrouped], "hosts"
	for i, line := range strings.FieldsFunc(strings.ReplaceAll(string(src), "\n", " \n"), func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		err := error(nil)
		if m := iniSection.FindStringSubmatch(line); m != nil {
			g, section, err = r.section(m[1], m[2], i+1)
		} else if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			err = fmt.Errorf("%s isn't the name of a section", line)
		} else {
			err = r.line(g, section, line, i+1)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	for _, name := range r.order {
		if p := r.pending[name]; p != nil {
			return fmt.Errorf("line %d: group %q isn't defined", p.line, name)
		}
	}
	return nil
}

// section begins a section.
func (r *iniReader) section(name, kind string, line int) (*group, string, error) {
	switch kind {
	case "":
		kind = "hosts"
	case "hosts", "children", "vars":
	default:
		return nil, "", fmt.Errorf("section [%s:%s] is none of hosts, children and vars", name, kind)
	}
	if r.tree.groups[name] == nil && kind == "vars" && r.pending[name] == nil {
		r.wait(name, &pendingGroup{vars: true, line: line})
	}
	g := r.tree.addGroup(name)
	if p := r.pending[name]; p != nil && kind != "vars" {
		if p.vars {
			delete(r.pending, name)
			return g, kind, nil
		}
		return g, kind, r.resolve(name)
	}
	return g, kind, nil
}

func (r *iniReader) wait(name string, p *pendingGroup) {
	r.pending[name] = p
	r.order = append(r.order, name)
}

// resolve puts a group that is defined now into those that named it before.
func (r *iniReader) resolve(name string) error {
	p := r.pending[name]
	delete(r.pending, name)
	for _, parent := range p.parents {
		if err := r.tree.addChild(parent, name); err != nil {
			return err
		}
		if q := r.pending[parent.name]; q != nil && !q.vars {
			if err := r.resolve(parent.name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *iniReader) line(g *group, section, line string, number int) error {
	switch section {
	case "vars":
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return fmt.Errorf("%q isn't key=value", line)
		}
		return r.tree.set(g.name, strings.TrimSpace(key), iniValue(strings.TrimSpace(value)))
	case "children":
		m := iniGroup.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("%q isn't the name of a group", line)
		}
		switch child, p := m[1], r.pending[m[1]]; {
		case r.tree.groups[child] != nil:
			return r.tree.addChild(g, child)
		case p != nil:
			p.parents = append(p.parents, g)
		default:
			r.wait(child, &pendingGroup{line: number, parents: []*group{g}})
		}
		return nil
	}
	return r.host(g, line)
}

func (r *iniReader) host(g *group, line string) error {
	words, err := split(line)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errors.New("no host")
	}
	names, port, err := hosts(words[0])
	if err != nil {
		return err
	}
	if port == 0 && strings.HasSuffix(strings.TrimSpace(words[0]), ":") {
		return fmt.Errorf("host %q ends with a colon", words[0])
	}
	vars := map[string]any{}
	var order []string
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q isn't key=value", word)
		}
		if _, twice := vars[key]; !twice {
			order = append(order, key)
		}
		vars[key] = iniValue(value)
	}
	for _, name := range names {
		if strings.TrimSpace(name) == "---" {
			return errors.New("this looks like YAML")
		}
		if err := r.tree.addHost(name, g, port); err != nil {
			return err
		}
		for _, key := range order {
			if err := r.tree.set(name, key, vars[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// split splits a line into words as a POSIX shell does, without what follows a # (Python's shlex).
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quote := false, rune(0)
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'' || quote == '"' && c != '\\':
			word.WriteRune(c)
		case c == '\\':
			if i++; i == len(runes) {
				return nil, errors.New("nothing follows the last \\")
			}
			if quote == '"' && runes[i] != '"' && runes[i] != '\\' {
				word.WriteRune('\\')
			}
			word.WriteRune(runes[i])
			in = true
		case c == '\'' || c == '"':
			quote, in = c, true
		case c == '#':
			i = len(runes)
		case unicode.IsSpace(c) && c < 128:
			if in {
				words, in = append(words, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(c)
			in = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quotation mark isn't closed")
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

var (
	pyInt   = regexp.MustCompile(`^[-+]?(?:0(?:_?0)*|[1-9](?:_?[0-9])*|0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$`)
	pyFloat = regexp.MustCompile(`^[-+]?(?:[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*(?:[eE]))(?:[eE]?[-+]?[0-9](?:_?[0-9])*)?$`)
	pyText  = regexp.MustCompile(`^(?:'([^'\\]*)'|"([^"\\]*)")$`)
)

// iniValue reads a value as a literal of Python where it is one, else as text. Lists and dictionaries
// stay text: nothing that is used of a host is one.
func iniValue(text string) any {
	trimmed := strings.TrimRight(text, " \t")
	switch trimmed {
	case "True":
		return true
	case "False":
		return false
	case "None":
		return nil
	}
	plain := strings.ReplaceAll(trimmed, "_", "")
	switch m := pyText.FindStringSubmatch(trimmed); {
	case m != nil:
		return m[1] + m[2]
	case pyInt.MatchString(trimmed):
		if n, err := strconv.ParseInt(plain, 0, 64); err == nil {
			return int(n)
		}
	case pyFloat.MatchString(trimmed):
		if f, err := strconv.ParseFloat(plain, 64); err == nil {
			return f
		}
	}
	return text
}
