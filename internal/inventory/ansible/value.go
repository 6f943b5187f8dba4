package ansible

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// mapping is a YAML mapping in its order. Of a key that is there twice the last value counts, at the
// place of the first.
type mapping struct {
	keys   []any
	values map[any]any
}

func (m *mapping) get(key any) any { return m.values[key] }

func (m *mapping) set(key, value any) {
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
}

// opaque is a value that can't be used, such as one in a vault.
type opaque struct{ text string }

// MarshalText implements encoding.TextMarshaler.
func (o opaque) MarshalText() ([]byte, error) { return []byte(o.text), nil }

// maxNodes bounds what the aliases of a file may grow to.
const maxNodes = 2_000_000

// builder makes values of YAML nodes as PyYAML, which is YAML 1.1, does. Values are nil, bool, int,
// float64, string, opaque, []any and *mapping.
type builder struct{ nodes int }

// parseYAML reads one document.
func parseYAML(src []byte) (any, error) {
	var docs []yaml.Node
	if err := yaml.Load(src, &docs, yaml.WithAllDocuments()); err != nil {
		return nil, fmt.Errorf("not valid YAML: %w", err)
	}
	switch len(docs) {
	case 0:
		return nil, nil
	case 1:
		return (&builder{}).value(&docs[0], 0)
	}
	return nil, errors.New("not valid YAML: more than one document")
}

func (b *builder) value(n *yaml.Node, depth int) (any, error) {
	if b.nodes++; b.nodes > maxNodes || depth > 200 {
		return nil, errors.New("the file is nested too deeply, or its aliases grow too large")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		return b.value(n.Content[0], depth)
	case yaml.AliasNode:
		return b.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			v, err := b.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		return b.mapping(n, depth)
	}
	switch n.Tag {
	case "!vault", "!vault-encrypted":
		return opaque{n.Value}, nil
	case "!unsafe", "!!str":
		if n.Style&yaml.TaggedStyle != 0 {
			return n.Value, nil
		}
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.Value, nil
	}
	return scalar(n.Value), nil
}

func (b *builder) mapping(n *yaml.Node, depth int) (*mapping, error) {
	m := &mapping{values: map[any]any{}}
	var merged []*mapping
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, err := b.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if key := n.Content[i]; key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
			switch v := v.(type) {
			case *mapping:
				merged = append(merged, v)
			case []any:
				for _, e := range v {
					if inner, ok := e.(*mapping); ok {
						merged = append(merged, inner)
					}
				}
			}
			continue
		}
		key, err := b.value(n.Content[i], depth+1)
		if err != nil {
			return nil, err
		}
		switch key.(type) {
		case []any, *mapping:
			return nil, fmt.Errorf("line %d: a list or a mapping can't be a key", n.Content[i].Line)
		}
		m.set(key, v)
	}
	if len(merged) == 0 {
		return m, nil
	}
	all := &mapping{values: map[any]any{}}
	for i := len(merged) - 1; i >= 0; i-- { // the first one wins
		for _, k := range merged[i].keys {
			all.set(k, merged[i].values[k])
		}
	}
	for _, k := range m.keys {
		all.set(k, m.values[k])
	}
	return all, nil
}

// The implicit types of YAML 1.1, as PyYAML resolves them.
var (
	yamlBool = map[string]bool{
		"yes": true, "Yes": true, "YES": true, "no": false, "No": false, "NO": false, "true": true, "True": true, "TRUE": true,
		"false": false, "False": false, "FALSE": false, "on": true, "On": true, "ON": true, "off": false, "Off": false, "OFF": false,
	}
	yamlInt = regexp.MustCompile(`^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlNum = regexp.MustCompile(`^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$`)
)

// scalar returns the value of a plain scalar.
func scalar(text string) any {
	if on, ok := yamlBool[text]; ok {
		return on
	}
	switch {
	case text == "" || text == "~" || text == "null" || text == "Null" || text == "NULL":
		return nil
	case yamlInt.MatchString(text):
		if n, ok := sexagesimal(strings.ReplaceAll(text, "_", "")); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int(n)
		}
	case yamlNum.MatchString(text):
		if n, ok := sexagesimal(strings.ReplaceAll(text, "_", "")); ok {
			return n
		}
	}
	return text
}

// sexagesimal reads a number, also one with minutes and seconds behind colons, as 1:30 for 90.
func sexagesimal(text string) (n float64, ok bool) {
	sign := 1.0
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = -1, rest
	}
	text = strings.TrimPrefix(text, "+")
	if !strings.Contains(text, ":") {
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			return sign * float64(i), true
		}
		f, err := strconv.ParseFloat(text, 64)
		return sign * f, err == nil
	}
	for part := range strings.SplitSeq(text, ":") {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, false
		}
		n = n*60 + f
	}
	return sign * n, true
}

// variables are those of a host or a group.
type variables map[string]any

// add sets what a file of variables has.
func (v variables) add(more variables) { maps.Copy(v, more) }

// text returns a variable as text, or an empty text.
func (v variables) text(name string) string {
	switch value := v[name].(type) {
	case nil, []any, *mapping, opaque:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	default:
		return strings.TrimSpace(fmt.Sprint(value))
	}
}
