package cards

import (
	"maps"
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
