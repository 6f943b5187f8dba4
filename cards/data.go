package cards

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// toValue converts what encoding/json can encode into the values of expressions: nil, bool, float64,
// string, []any and *record.
func toValue(data any) (any, error) {
	v, err := convert(data)
	if err != nil {
		return nil, err
	}
	if _, ok := v.(*record); !ok {
		return nil, errors.New("the data must be an object")
	}
	if f := verify(v); f != nil {
		return nil, f
	}
	return v, nil
}

func convert(data any) (any, error) {
	if v, ok := direct(reflect.ValueOf(data), 0); ok {
		return v, nil
	}
	return throughJSON(data)
}

// throughJSON converts the data by encoding and decoding it.
func throughJSON(data any) (any, error) {
	encoded, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("the data can't be encoded: %w", err)
	}
	var v any
	if err := json.Unmarshal(encoded, &v); err != nil {
		return nil, fmt.Errorf("the data can't be decoded: %w", err)
	}
	return withRecords(v), nil
}

// withRecords replaces maps by records.
func withRecords(v any) any {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			v[i] = withRecords(e)
		}
	case map[string]any:
		r := &record{names: slices.Sorted(maps.Keys(v)), values: make([]any, 0, len(v))}
		for _, name := range r.names {
			r.values = append(r.values, withRecords(v[name]))
		}
		return r
	}
	return v
}

// direct converts plain data, as view models are, much faster than throughJSON and with the same result. It
// returns false for other data, such as a type with MarshalJSON.
func direct(v reflect.Value, depth int) (any, bool) {
	if !v.IsValid() { // a nil interface
		return nil, true
	}
	if depth > maxDepth { // it may contain itself
		return nil, false
	}
	p := planOf(v.Type())
	switch p.kind {
	case reflect.Bool:
		return v.Bool(), true
	case reflect.String:
		s := v.String()
		return s, utf8.ValidString(s)
	case reflect.Int:
		return float64(v.Int()), true
	case reflect.Uint:
		return float64(v.Uint()), true
	case reflect.Float64:
		f := v.Float()
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	case reflect.Interface:
		return direct(v.Elem(), depth+1)
	case reflect.Slice:
		return directList(v, depth)
	case reflect.Map:
		return directMap(v, depth)
	case reflect.Struct:
		return directStruct(v, p, depth)
	}
	return nil, false
}

func directList(v reflect.Value, depth int) (any, bool) {
	if v.IsNil() {
		return nil, true
	}
	list := make([]any, v.Len())
	for i := range list {
		var ok bool
		if list[i], ok = direct(v.Index(i), depth+1); !ok {
			return nil, false
		}
	}
	return list, true
}

func directMap(v reflect.Value, depth int) (any, bool) {
	if v.IsNil() {
		return nil, true
	}
	r := &record{names: make([]string, 0, v.Len()), values: make([]any, 0, v.Len())}
	name, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	for entries := v.MapRange(); entries.Next(); {
		name.SetIterKey(entries)
		value.SetIterValue(entries)
		e, ok := direct(value, depth+1)
		if !ok || !utf8.ValidString(name.String()) {
			return nil, false
		}
		r.names, r.values = append(r.names, name.String()), append(r.values, e)
	}
	sort.Sort(r)
	return r, true
}

func directStruct(v reflect.Value, p *plan, depth int) (any, bool) {
	r := &record{names: p.names, values: make([]any, len(p.names))}
	for i, field := range p.fields {
		var ok bool
		if r.values[i], ok = direct(v.Field(field), depth+1); !ok {
			return nil, false
		}
	}
	return r, true
}

// plan is how direct converts the values of a Go type.
type plan struct {
	kind   reflect.Kind // all integers are Int or Uint; Invalid for what must go through JSON
	names  []string     // of a struct's members, sorted
	fields []int        // which fields they are
}

var (
	plans sync.Map // *plan by reflect.Type

	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func planOf(t reflect.Type) *plan {
	p, ok := plans.Load(t)
	if !ok {
		p, _ = plans.LoadOrStore(t, newPlan(t))
	}
	return p.(*plan)
}

func newPlan(t reflect.Type) *plan {
	pointer := reflect.PointerTo(t) // has the methods of t as well; encoding/json calls them where it can
	if pointer.Implements(marshaler) || pointer.Implements(textMarshaler) || t.Implements(marshaler) || t.Implements(textMarshaler) {
		return &plan{}
	}
	switch kind := t.Kind(); kind {
	case reflect.Bool, reflect.Float64, reflect.Interface:
		return &plan{kind: kind}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &plan{kind: reflect.Int}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &plan{kind: reflect.Uint}
	case reflect.String:
		if t != reflect.TypeFor[json.Number]() {
			return &plan{kind: kind}
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // bytes become base64
			return &plan{kind: kind}
		}
	case reflect.Map:
		if planOf(t.Key()).kind == reflect.String {
			return &plan{kind: kind}
		}
	case reflect.Struct:
		return structPlan(t)
	}
	return &plan{}
}

// structPlan returns the plan of a struct whose fields are exported, with plain names and without options
// in their tags. Other structs go through JSON.
func structPlan(t reflect.Type) *plan {
	fields := map[string]int{}
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		switch {
		case f.Anonymous:
			return &plan{}
		case !f.IsExported() || tag == "-":
			continue
		case tag == "":
			tag = f.Name
		}
		if _, twice := fields[tag]; twice || strings.ContainsFunc(tag, isOdd) {
			return &plan{}
		}
		fields[tag] = f.Index[0]
	}
	p := &plan{kind: reflect.Struct, names: slices.Sorted(maps.Keys(fields))}
	for _, name := range p.names {
		p.fields = append(p.fields, fields[name])
	}
	return p
}

// isOdd reports whether a name with r in it is left to encoding/json.
func isOdd(r rune) bool { return r >= utf8.RuneSelf || !isLetter(byte(r)) && !isDigit(byte(r)) }
