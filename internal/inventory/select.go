package inventory

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"overwatch/internal/fault"
)

// Selection is one device or several.
type Selection struct {
	Name    string // the text that selects them again
	Devices []Device
}

// Select returns the devices that text selects: a device, as Find does; a group, such as site:paris or
// just paris; all with group:all; a pattern such as core-*; or several of these, separated by commas.
// A pattern needs a letter or a digit, so that a stray * doesn't select everything. The error is a fault
// of kind NotFound that repeats the part of the text that selects nothing.
func (in *Inventory) Select(text string) (Selection, error) {
	var s Selection
	var names []string
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		name, devices := in.part(part)
		if len(devices) == 0 {
			return Selection{}, &fault.Error{
				Kind: fault.NotFound, Message: fmt.Sprintf("No device or group is called %q.", part), Hint: "Type `devices` for the list.",
			}
		}
		names = append(names, name)
		for _, d := range devices {
			if !seen[d.Name] {
				seen[d.Name] = true
				s.Devices = append(s.Devices, d)
			}
		}
	}
	s.Name = strings.Join(names, ",")
	return s, nil
}

// everything is the group of all devices. It has to be typed completely, so that nobody queries
// thousands of devices by mistake.
const everything = "group:all"

func (in *Inventory) part(text string) (name string, devices []Device) {
	if d, ok := in.Get(text); ok {
		return d.Name, []Device{d}
	}
	switch {
	case text == "":
		return "", nil
	case strings.EqualFold(text, everything):
		return everything, in.devices
	case strings.ContainsAny(text, "*?["):
		pattern := fold(text)
		if !strings.ContainsFunc(pattern, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return "", nil
		}
		for i, name := range in.names {
			if ok, err := path.Match(pattern, name); ok && err == nil {
				devices = append(devices, in.devices[i])
			}
		}
		return pattern, devices
	}
	if i, ok := in.group(text); ok {
		return in.groups[i].Selector(), slices.Collect(in.InGroup(in.groups[i].Name))
	}
	if d, ok := in.Find(text); ok {
		return d.Name, []Device{d}
	}
	return "", nil
}

// group returns the index of the group that text names: completely; with the kind group or site; or
// without a kind, by the part after the colon.
func (in *Inventory) group(text string) (index int, ok bool) {
	if i, ok := in.byGroup[fold(text)]; ok {
		return i, true
	}
	kind, name, has := strings.Cut(fold(text), ":")
	switch {
	case !has:
		name = kind
	case kind != "group" && kind != "site":
		return 0, false
	}
	if i, ok := in.byGroup[name]; ok {
		return i, true
	}
	found := -1
	for i, g := range in.groups {
		if _, tail, ok := strings.Cut(fold(g.Name), ":"); ok && tail == name {
			if found >= 0 {
				return 0, false // two kinds of groups have it
			}
			found = i
		}
	}
	return found, found >= 0
}
