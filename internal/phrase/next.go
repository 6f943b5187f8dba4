package phrase

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// next returns what may follow words, or of this what begins with a word that is being typed; ok is false if
// nothing may.
func (g *Grammar) next(r Reading, words []string, begun string, complete bool) (Reading, bool) {
	w := g.root.walk(words, 1, g.isDevice)
	if w.stuck < len(words) {
		return r, false
	}
	var keywords []string
	for _, k := range slices.Sorted(maps.Keys(w.last.keywords)) {
		if strings.HasPrefix(k, strings.ToLower(begun)) && len(choices(w.last.keywords[k])) > 0 {
			keywords = append(keywords, k)
		}
	}
	for _, s := range w.last.slots {
		if begun == "" && len(choices(s)) > 0 {
			keywords = append(keywords, s.words[len(s.words)-1])
		}
	}
	if len(keywords) == 0 {
		return r, false
	}
	named := g.devicesOnly(Reading{}, w.rest(), complete)
	r.Devices, r.Targets, r.Query, r.Unknown = named.Devices, named.Targets, nil, nil
	r.Follows = true
	typed := strings.Join(append([]string{"show"}, w.last.words...), " ")
	r.Say = fmt.Sprintf("%s can be followed by %s.", typed, orList(keywords))
	r.Choices = nil
	for _, c := range choices(w.last) {
		if strings.HasPrefix(strings.TrimPrefix(c.Typed, typed+" "), strings.ToLower(begun)) {
			r.Choices = append(r.Choices, c)
		}
	}
	return r, true
}
