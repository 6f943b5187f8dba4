package cards

import (
	"maps"
	"reflect"
	"slices"
)

// LoadFrom is Load with other cards built in.
var LoadFrom = load

// Vocabulary returns the properties that each type may have, "type" apart, and those it wants.
func Vocabulary() (known, required map[string][]string) {
	known, required = map[string][]string{}, map[string][]string{}
	for name, sh := range shapes {
		known[name] = slices.Sorted(maps.Keys(sh.properties))
		for _, p := range known[name] {
			if sh.properties[p].required {
				required[name] = append(required[name], p)
			}
		}
	}
	return known, required
}

// Words returns the words that a property takes.
func Words(typeName, property string) []string { return shapes[typeName].properties[property].words }

// Convert returns what expressions work on, as JSON, and whether the data became that directly.
func Convert(data any) (text string, directly bool, err error) {
	_, directly = direct(reflect.ValueOf(data), 0)
	v, err := convert(data)
	return string(appendValue(nil, v)), directly, err
}

// ThroughJSON returns the same, made the long way.
func ThroughJSON(data any) (text string, err error) {
	v, err := throughJSON(data)
	return string(appendValue(nil, v)), err
}
