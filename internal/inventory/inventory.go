package inventory

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// Inventory is an immutable set of devices. Safe for concurrent use.
type Inventory struct {
	devices []Device       // by name
	names   []string       // folded, in the order of devices
	byName  map[string]int // folded
	groups  []Group
	members [][]int        // of each group, in the order of devices
	byGroup map[string]int // folded
	stale   []Stale
}

// Stale is a source whose devices may be out of date: it fails, or suddenly has none. The inventory has its last known devices.
type Stale struct {
	Source  string
	Devices int
	At      time.Time // when it was last read
}

// Group is a name that devices share.
type Group struct {
	Name  string
	Count int // of its devices
}

// Selector returns the text that selects the group, as Select takes it.
func (g Group) Selector() string {
	if strings.Contains(g.Name, ":") {
		return g.Name
	}
	return "group:" + g.Name
}

// New returns an inventory of these devices, some of which may be stale. It is an error if two names
// differ in nothing but case, dashes or the form of their letters.
func New(devices []Device, stale ...Stale) (*Inventory, error) {
	in := &Inventory{stale: stale, devices: slices.Clone(devices), byName: make(map[string]int, len(devices)), byGroup: map[string]int{}}
	slices.SortFunc(in.devices, func(a, b Device) int { return cmp.Compare(fold(a.Name), fold(b.Name)) })
	groups := map[string]*Group{} // folded
	members := map[string][]int{}
	for i, d := range in.devices {
		name := fold(d.Name)
		if _, ok := in.byName[name]; ok {
			return nil, fmt.Errorf("device %q is in the inventory twice", d.Name)
		}
		in.byName[name] = i
		in.names = append(in.names, name)
		for _, name := range d.Groups {
			folded := fold(name)
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

// Stale returns the sources whose devices may be out of date.
func (in *Inventory) Stale() []Stale { return in.stale }

// Only returns the inventory of the devices for which keep is true. If that is all of them, it returns
// in itself.
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
	only, _ := New(kept, in.stale...) // no error: the names are from an inventory
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
		at, ok := in.byGroup[fold(name)]
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

// Get returns the device of that name. Case, the kind of dash and the form of letters (NFC, NFD) make
// no difference, here and wherever names are compared.
func (in *Inventory) Get(name string) (Device, bool) {
	i, ok := in.byName[fold(name)]
	if !ok {
		return Device{}, false
	}
	return in.devices[i], true
}

// Find returns the device of that name, or else the only one whose name starts with text.
func (in *Inventory) Find(text string) (Device, bool) {
	if d, ok := in.Get(text); ok {
		return d, true
	}
	text = fold(text)
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

// Similar returns at most limit devices that text may mean, the most likely first: names that start
// with it, names that contain it, then names that differ by a few letters.
func (in *Inventory) Similar(text string, limit int) []Device {
	text = fold(text)
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
