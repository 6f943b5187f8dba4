package ansible

import (
	"errors"
	"fmt"
)

// yamlReader reads an inventory in YAML into a tree (ansible/plugins/inventory/yaml.py).
type yamlReader struct {
	tree *tree
	warn func(string)
}

func (r *yamlReader) read(src []byte) error {
	doc, err := parseYAML(src)
	if err != nil {
		return err
	}
	top, ok := doc.(*mapping)
	switch {
	case !ok || len(top.keys) == 0:
		return errors.New("it isn't a mapping of groups")
	case truthy(top.get("plugin")):
		return errors.New("it configures an inventory plugin, and plugins aren't run")
	}
	for _, name := range top.keys {
		if _, err := r.group(name, top.get(name), 0); err != nil {
			return err
		}
	}
	return nil
}

// truthy reports whether Python takes a value for true.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int:
		return v != 0
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case *mapping:
		return len(v.keys) > 0
	}
	return true
}

// maxDepth bounds how deep groups may be in each other.
const maxDepth = 100

// group reads a group and what is in it, and returns its name.
func (r *yamlReader) group(key, data any, depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("group %q is more than %d groups deep", key, maxDepth)
	}
	body, isMapping := data.(*mapping)
	if !isMapping && data != nil {
		r.warn(fmt.Sprintf("%v is left out: it isn't a group, since it has no vars, hosts or children", key))
		name, _ := key.(string)
		return name, nil
	}
	name, ok := key.(string)
	if !ok || name == "" {
		return "", fmt.Errorf("group %v isn't called by a text; put it in quotes", key)
	}
	g := r.tree.addGroup(name)
	if body == nil {
		return name, nil
	}
	sections := map[string]*mapping{}
	for _, section := range []string{"vars", "children", "hosts"} {
		switch v := body.get(section).(type) {
		case nil:
		case *mapping:
			sections[section] = v
		case string:
			sections[section] = &mapping{keys: []any{v}, values: map[any]any{v: nil}}
		default:
			return "", fmt.Errorf("%s of group %q isn't a mapping", section, name)
		}
	}
	for _, section := range body.keys {
		text, _ := section.(string)
		if inner := sections[text]; inner != nil {
			if err := r.section(g, text, inner, depth); err != nil {
				return "", err
			}
		} else if text != "vars" && text != "children" && text != "hosts" && body.get(section) != nil {
			r.warn(fmt.Sprintf("%v of group %s is left out: a group has vars, children and hosts", section, name))
		}
	}
	return name, nil
}

func (r *yamlReader) section(g *group, section string, inner *mapping, depth int) error {
	for _, key := range inner.keys {
		value := inner.get(key)
		switch section {
		case "vars":
			if err := r.tree.set(g.name, fmt.Sprint(key), value); err != nil {
				return err
			}
		case "children":
			child, err := r.group(key, value, depth+1)
			if err != nil {
				return err
			}
			if err := r.tree.addChild(g, child); err != nil {
				return err
			}
		case "hosts":
			pattern, ok := key.(string)
			if !ok {
				return fmt.Errorf("host %v of group %q isn't a text; put it in quotes", key, g.name)
			}
			if err := r.host(g, pattern, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *yamlReader) host(g *group, pattern string, value any) error {
	vars, ok := value.(*mapping)
	if !ok && truthy(value) {
		return fmt.Errorf("the variables of host %q aren't a mapping", pattern)
	}
	names, port, err := hosts(pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := r.tree.addHost(name, g, port); err != nil {
			return err
		}
		if vars == nil {
			continue
		}
		for _, key := range vars.keys {
			if err := r.tree.set(name, fmt.Sprint(key), vars.get(key)); err != nil {
				return err
			}
		}
	}
	return nil
}
