package query

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"overwatch/internal/form"
	"overwatch/internal/yang"
)

// Template is one compiled query: one button, one typed word.
type Template struct {
	Name   string       // the file's name without .yaml
	File   string       // where it was read from, for messages
	Title  string       // of the button, such as Show VRFs
	Words  []string     // what people type; the first one is shown in examples
	CLI    []string     // what follows show on a device, such as ip route vrf <vrf>
	Help   string       // one line
	Group  string       // heading under which it is listed
	Order  int          // position among the favourites, which come first; 0 is no favourite
	Inputs []form.Input // what it needs beside the device
	Empty  string       // the sentence for a device that has none

	platforms map[string]*variant
}

// Word returns the word to type.
func (t *Template) Word() string { return t.Words[0] }

// Platforms returns the platforms the query has a variant for, sorted.
func (t *Template) Platforms() []string { return slices.Sorted(maps.Keys(t.platforms)) }

// Facts returns the columns of a result from that platform, or nil when the query has no variant for it.
func (t *Template) Facts(platform string) []Fact {
	if v := t.platforms[platform]; v != nil {
		return v.facts
	}
	return nil
}

// Titles returns the titles of the facts of all platforms, each once.
func (t *Template) Titles() (titles []string) {
	for _, p := range t.Platforms() {
		for _, f := range t.platforms[p].facts {
			if !slices.Contains(titles, f.Title) {
				titles = append(titles, f.Title)
			}
		}
	}
	return titles
}

// States returns the values of states that have a colour on some platforms, as the template writes them. The
// star, which is all other values, is among them.
func (t *Template) States(platforms []string) map[Colour][]string {
	states := map[Colour][]string{}
	for _, p := range platforms {
		for _, f := range t.Facts(p) {
			for _, value := range slices.Sorted(maps.Keys(f.colour)) {
				if c := f.colour[value]; !slices.Contains(states[c], value) {
					states[c] = append(states[c], value)
				}
			}
		}
	}
	return states
}

// Since returns the first release of that platform with the data, such as IOS-XE 17.4, or nothing when
// the template doesn't name one.
func (t *Template) Since(platform string) string {
	if v := t.platforms[platform]; v != nil {
		return v.since
	}
	return ""
}

// Requests returns the YANG names in the requests of a platform, those under or: and also: as well.
func (t *Template) Requests(platform string) (list []Names) {
	v := t.platforms[platform]
	if v == nil {
		return nil
	}
	for _, r := range v.requests() {
		list = append(list, r.names)
		for _, other := range slices.Concat(r.or, r.also) {
			list = append(list, other.names)
		}
	}
	return list
}

// FactNames returns the YANG names in the facts of a platform.
func (t *Template) FactNames(platform string) (list []FactNames) {
	for _, f := range t.Facts(platform) {
		list = append(list, f.names)
	}
	return list
}

// variant is the query for one platform.
type variant struct {
	since     string
	primary   request   // its rows are the result's
	secondary []request // joined to them
	facts     []Fact
}

func (v *variant) requests() []request { return append([]request{v.primary}, v.secondary...) }

// places returns the paths at which the leaves of a row may be: those of the rows of each request, and of
// the lists around them, and that of a resource which is a leaf itself.
func (v *variant) places() (list []string) {
	for _, r := range v.requests() {
		if end := strings.LastIndexByte(r.names.Resource, '/'); end >= 0 && len(r.names.Rows) == 0 {
			list = append(list, r.names.Resource[:end])
		}
		for n := range len(r.names.Rows) + 1 {
			list = append(list, strings.Join(append([]string{r.names.Resource}, r.names.Rows[:n]...), "/"))
		}
	}
	return list
}

// request is one GET and which rows are taken from the response.
type request struct {
	names    Names
	resource resource
	fields   string
	rows     []string
	where    map[string]string // leaf -> value a row must have
	keep     *gojq.Code        // true for the rows to take; nil takes all
	pick     picker            // picks some of the rows once all have been read; nil takes each as it comes
	optional bool              // the query works without it
	merge    []join            // for a secondary request: which leaves must be equal; none joins its first row to all
	or       []request         // tried in order while there are no rows
	also     []request         // their rows follow
}

// join names a leaf of the primary rows and the leaf of the secondary rows that must equal it.
type join struct{ primary, secondary string }

// takes reports whether where and keep of the request let a row through.
func (r *request) takes(ctx context.Context, row yang.Row) (bool, error) {
	for leaf, want := range r.where {
		if v, _ := row.Get(leaf); plain(v) != want {
			return false, nil
		}
	}
	if r.keep == nil {
		return true, nil
	}
	v, err := runJQ(ctx, r.keep, row.Visible())
	if err != nil {
		return false, fmt.Errorf("keep: %w", err)
	}
	return v != nil && v != false, nil
}
