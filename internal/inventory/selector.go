package inventory

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"overwatch/internal/fault"
)

// Selection is one device or several, and what named them.
type Selection struct {
	Name    string // as it is to be written again
	Devices []Device
}

// Select returns the devices that text names: a device, as Find does; a group, such as site:paris or
// just paris; all of group:all; a pattern such as core-*; or several of these with commas between
// them. The error is a fault of kind NotFound.
func (in *Inventory) Select(text string) (Selection, error) {
	var s Selection
	var names []string
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		name, devices := in.part(part)
		if len(devices) == 0 {
			return Selection{}, &fault.Error{
				Kind: fault.NotFound, Message: fmt.Sprintf("I don't know the device %q.", part), Hint: "Write devices to see whom I know.",
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

// Fits reports whether text, as part of an access rule, is about a device: its name or a pattern of
// names, a group with its kind, such as site:paris or group:edge, whose name may be a pattern too, or
// group:all. Other than in Select no beginning of a name will do.
func Fits(text string, d Device) bool {
	text = strings.ToLower(text)
	if !strings.Contains(text, ":") {
		return Match(text, d.Name)
	}
	plain, isGroup := strings.CutPrefix(text, "group:")
	return text == everything || slices.ContainsFunc(d.Groups, func(g string) bool {
		return Match(text, g) || isGroup && Match(plain, g)
	})
}

// Match reports whether a name fits a pattern, whatever the case: *, ? and [a-z] stand for others, the
// slash among them. A broken pattern fits nothing.
func Match(pattern, name string) bool {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", "\x00") }
	ok, err := path.Match(plain(pattern), plain(name))
	return ok && err == nil
}

// everything is the group of all devices, which has to be named whole, so that nobody asks thousands
// of devices by mistake.
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
		pattern := strings.ToLower(text)
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

// group returns the group that text names: whole, or for the kinds group and site, or without a kind,
// by the part behind the colon.
func (in *Inventory) group(text string) (index int, ok bool) {
	if i, ok := in.byGroup[strings.ToLower(text)]; ok {
		return i, true
	}
	kind, name, has := strings.Cut(strings.ToLower(text), ":")
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
		if _, tail, ok := strings.Cut(strings.ToLower(g.Name), ":"); ok && tail == name {
			if found >= 0 {
				return 0, false // two kinds of groups have it
			}
			found = i
		}
	}
	return found, found >= 0
}
