package ansible

import (
	"cmp"
	"context"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

// Options configure a source.
type Options struct {
	Path      string            // of a file or a directory
	Groups    []string          // only hosts of these groups; all where empty
	Platforms map[string]string // Overwatch's names of platforms by ansible_network_os; others stay
	Warn      func(string)      // is called with what is left out; may be nil
}

// Source reads an Ansible inventory. Safe for concurrent use.
type Source struct{ o Options }

var _ inventory.Source = (*Source)(nil)

// New returns a source. It doesn't read anything yet.
func New(o Options) *Source {
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	return &Source{o}
}

// systems are the network systems of Ansible's own collections that have RESTCONF.
var systems = map[string]string{
	"ios": "ios-xe", "cisco.ios.ios": "ios-xe", "iosxe": "ios-xe", "cisco.iosxe": "ios-xe",
	"eos": "openconfig", "arista.eos.eos": "openconfig",
}

// Variables of a host that are used. The first two are Ansible's own.
const (
	varHost     = "ansible_host"
	varSystem   = "ansible_network_os"
	varPort     = "overwatch_port"
	varPlatform = "overwatch_platform"
)

// Devices implements inventory.Source. Errors are faults.
func (s *Source) Devices(context.Context) ([]inventory.Device, error) {
	if _, err := os.Stat(s.o.Path); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "can't read " + s.o.Path, Hint: "Check that it exists and that the bot may read it.", Cause: err}
	}
	var devices []inventory.Device
	err := s.each(func(h *host, groups []*group, vars variables) {
		in := func(name string) bool {
			return name == groupAll || slices.ContainsFunc(groups, func(g *group) bool { return g.name == name })
		}
		if len(s.o.Groups) == 0 || slices.ContainsFunc(s.o.Groups, in) {
			devices = append(devices, s.device(h.name, groups, vars))
		}
	})
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix what is named here."}
	}
	return devices, nil
}

// each reads the inventory and calls yield with every host, by name, its groups but all, and its
// variables.
func (s *Source) each(yield func(h *host, groups []*group, vars variables)) error {
	t := newTree()
	l := loader{t, s.o.Warn}
	if err := l.load(s.o.Path); err != nil {
		return err
	}
	if err := t.reconcile(); err != nil {
		return err
	}
	beside := s.o.Path
	if !isDir(beside) {
		beside = filepath.Dir(beside)
	}
	reader := newVarsReader(beside)
	files := map[*group]variables{}
	for _, g := range t.order {
		var err error
		if files[g], err = reader.read(groupVars, g.name); err != nil {
			return err
		}
	}
	all := t.groups[groupAll]
	for _, name := range slices.Sorted(maps.Keys(t.hosts)) {
		h := t.hosts[name]
		own, err := reader.read(hostVars, name)
		if err != nil {
			return err
		}
		groups := t.groupsOf(h)
		vars := variables{}
		for _, g := range append([]*group{all}, groups...) {
			vars.add(g.vars)
		}
		for _, g := range append([]*group{all}, groups...) {
			vars.add(files[g])
		}
		vars.add(h.vars)
		vars.add(own)
		yield(h, groups, vars)
	}
	return nil
}

func (s *Source) device(name string, groups []*group, vars variables) inventory.Device {
	d := inventory.Device{Name: name, Host: cmp.Or(vars.text(varHost), name)}
	d.Port, d.Problem = port(vars.text(varPort))
	system := vars.text(varSystem)
	d.Platform = cmp.Or(vars.text(varPlatform), s.o.Platforms[system], systems[system], system)
	for _, g := range groups {
		if g.name != groupUngrouped {
			d.Groups = append(d.Groups, g.name)
		}
	}
	slices.Sort(d.Groups)
	return d
}

// port reads a port, and says what is wrong with a text that isn't one.
func port(text string) (number int, problem string) {
	if text == "" {
		return 0, ""
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != math.Trunc(n) || n < 1 || n > math.MaxUint16 {
		return 0, "port " + strconv.Quote(text)
	}
	return int(n), ""
}
