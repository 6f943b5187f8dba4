package inventory

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
)

// Source knows devices. Devices returns all of them or an error, never some; it may be called again
// to learn of changes. A source that isn't written for Overwatch may leave out what it doesn't know:
// port, platform, login and trust.
type Source interface {
	Devices(ctx context.Context) ([]Device, error)
}

// Inventory is a fixed set of devices. To change it, build a new one.
type Inventory struct {
	devices []Device       // by name
	names   []string       // lower case, in the order of devices
	byName  map[string]int // lower case
	groups  []Group
	members [][]int        // of each group, in the order of devices
	byGroup map[string]int // lower case
	stale   []Stale
}

// Stale is a source that can't be asked, whose devices are those it had before.
type Stale struct {
	Source  string
	Devices int
	At      time.Time // when it last answered
}

// Group is a name that several devices share, and how many.
type Group struct {
	Name  string
	Count int
}

// Selector is what names the group among devices and other groups, as Select takes it.
func (g Group) Selector() string {
	if strings.Contains(g.Name, ":") {
		return g.Name
	}
	return "group:" + g.Name
}

// New makes an inventory, some of whose devices may be stale. Two devices whose names differ in case
// only are refused.
func New(devices []Device, stale ...Stale) (*Inventory, error) {
	in := &Inventory{stale: stale, devices: slices.Clone(devices), byName: make(map[string]int, len(devices)), byGroup: map[string]int{}}
	slices.SortFunc(in.devices, func(a, b Device) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	groups := map[string]*Group{} // lower case
	members := map[string][]int{}
	for i, d := range in.devices {
		name := strings.ToLower(d.Name)
		if _, ok := in.byName[name]; ok {
			return nil, fmt.Errorf("device %q stands twice in the inventory", d.Name)
		}
		in.byName[name] = i
		in.names = append(in.names, name)
		for _, name := range d.Groups {
			folded := strings.ToLower(name)
			if groups[folded] == nil {
				groups[folded] = &Group{Name: name}
			}
			groups[folded].Count++
			members[folded] = append(members[folded], i)
		}
	}
	for _, folded := range slices.Sorted(maps.Keys(groups)) {
		in.byGroup[folded] = len(in.groups)
		in.groups = append(in.groups, *groups[folded])
		in.members = append(in.members, members[folded])
	}
	return in, nil
}

// Stale returns the sources whose devices are not those of today.
func (in *Inventory) Stale() []Stale { return in.stale }

// Only returns the inventory of those devices that keep wants, which is the same one when it wants all.
func (in *Inventory) Only(keep func(Device) bool) *Inventory {
	var kept []Device
	for _, d := range in.devices {
		if keep(d) {
			kept = append(kept, d)
		}
	}
	if len(kept) == len(in.devices) {
		return in
	}
	only, _ := New(kept, in.stale...) // of names that were good together
	return only
}

// Len returns how many devices there are.
func (in *Inventory) Len() int { return len(in.devices) }

// All yields the devices by name.
func (in *Inventory) All() iter.Seq[Device] { return slices.Values(in.devices) }

// Groups returns the groups by name.
func (in *Inventory) Groups() []Group { return in.groups }

// InGroup yields the devices of one group by name.
func (in *Inventory) InGroup(name string) iter.Seq[Device] {
	return func(yield func(Device) bool) {
		at, ok := in.byGroup[strings.ToLower(name)]
		if !ok {
			return
		}
		for _, i := range in.members[at] {
			if !yield(in.devices[i]) {
				return
			}
		}
	}
}

// Get returns the device of exactly that name, whatever the case.
func (in *Inventory) Get(name string) (Device, bool) {
	i, ok := in.byName[strings.ToLower(name)]
	if !ok {
		return Device{}, false
	}
	return in.devices[i], true
}

// Find returns the device that text means beyond doubt: the one of that name, else the only one
// whose name starts with it.
func (in *Inventory) Find(text string) (Device, bool) {
	if d, ok := in.Get(text); ok {
		return d, true
	}
	text = strings.ToLower(text)
	if text == "" {
		return Device{}, false
	}
	i, _ := slices.BinarySearch(in.names, text)
	if i < len(in.names) && strings.HasPrefix(in.names[i], text) &&
		(i+1 == len(in.names) || !strings.HasPrefix(in.names[i+1], text)) {
		return in.devices[i], true
	}
	return Device{}, false
}

// Similar returns at most limit devices that text might mean, likeliest first: names that start with
// it, names that hold it, then names that differ by a few letters.
func (in *Inventory) Similar(text string, limit int) []Device {
	text = strings.ToLower(text)
	if text == "" || limit < 1 {
		return nil
	}
	type guess struct{ index, rank int }
	var guesses []guess
	for i, name := range in.names {
		switch at := strings.Index(name, text); {
		case at == 0:
			guesses = append(guesses, guess{i, 0})
		case at > 0:
			guesses = append(guesses, guess{i, 1})
		default:
			if d := Distance(name, text); d > 0 {
				guesses = append(guesses, guess{i, 1 + d})
			}
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(a.rank, b.rank) })
	var found []Device
	for _, g := range guesses[:min(limit, len(guesses))] {
		found = append(found, in.devices[g.index])
	}
	return found
}

// Distance returns how many letters two words differ by when they may be the same word mistyped,
// and 0 when they are equal or too different: more than a third of the letters, or more than three.
// Two neighbouring letters the wrong way round count once.
func Distance(a, b string) int {
	if swapped(a, b) {
		return 1
	}
	longest := max(len(a), len(b))
	most := min(3, max(1, longest/3))
	if diff := len(a) - len(b); diff > most || -diff > most {
		return 0
	}
	if d := levenshtein.ComputeDistance(a, b); d <= most {
		return d
	}
	return 0
}

// swapped reports whether b is a with two neighbouring letters the wrong way round.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] && a[i] != a[i+1]
}
