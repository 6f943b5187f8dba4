// Package ansible is the inventory source that reads an Ansible inventory written in YAML, with the
// group_vars and host_vars beside it.
//
// It takes names, addresses, groups and platforms from it; logins stay where Overwatch has them, and
// templates and vaults aren't opened. It is used by internal/app only.
package ansible

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/yamlfile"
)

// Options say which inventory, and what its hosts mean here.
type Options struct {
	Path      string
	Groups    []string          // only hosts of these groups; all where empty
	Platforms map[string]string // of ansible_network_os to ours; what isn't in it keeps its name
}

// Source reads an Ansible inventory.
type Source struct{ o Options }

var _ inventory.Source = (*Source)(nil)

// New returns the source. It doesn't read anything yet.
func New(o Options) *Source { return &Source{o} }

// systems are the network systems of Ansible's own collections that speak RESTCONF.
var systems = map[string]string{
	"ios": "ios-xe", "cisco.ios.ios": "ios-xe", "iosxe": "ios-xe", "cisco.iosxe": "ios-xe",
	"eos": "openconfig", "arista.eos.eos": "openconfig",
}

// Variables of a host that matter here. The first two are Ansible's own.
const (
	varHost     = "ansible_host"
	varSystem   = "ansible_network_os"
	varPort     = "overwatch_port"
	varPlatform = "overwatch_platform"
)

// Directories beside an inventory with more variables.
const (
	groupVars = "group_vars"
	hostVars  = "host_vars"
)

type variables map[string]any

// section is a group as it is written. It may be written in several places.
type section struct {
	Hosts    map[string]variables `yaml:"hosts"`
	Vars     variables            `yaml:"vars"`
	Children map[string]*section  `yaml:"children"`
}

// group is a group of all its sections.
type group struct {
	vars    variables
	parents map[string]bool
	depth   int // the longest way down from all
}

type reading struct {
	o      Options
	groups map[string]*group
	hosts  map[string]variables
	of     map[string]map[string]bool // the groups each host stands in by itself
	has    map[string]bool            // which directories of variables stand beside it
}

// maxDepth bounds how groups stand in groups; more is a circle.
const maxDepth = 50

// Devices implements inventory.Source. Mistakes are named with file and line where YAML has them.
func (s *Source) Devices(context.Context) ([]inventory.Device, error) {
	src, err := os.ReadFile(s.o.Path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "can't read " + s.o.Path, Hint: "Check that it exists and that I may read it.", Cause: err}
	}
	devices, err := s.parse(src)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Mend what is named here."}
	}
	return devices, nil
}

func (s *Source) parse(src []byte) ([]inventory.Device, error) {
	var top map[string]*section
	if err := yamlfile.Decode(s.o.Path, src, &top); err != nil {
		return nil, err
	}
	r := &reading{o: s.o, groups: map[string]*group{}, hosts: map[string]variables{}, of: map[string]map[string]bool{}, has: map[string]bool{}}
	for _, kind := range []string{groupVars, hostVars} {
		info, err := os.Stat(filepath.Join(filepath.Dir(s.o.Path), kind))
		r.has[kind] = err == nil && info.IsDir()
	}
	r.group("all")
	for name, sec := range top {
		if err := r.add(name, sec, "", 0); err != nil {
			return nil, fmt.Errorf("%s: %w", s.o.Path, err)
		}
	}
	if err := r.measure(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.o.Path, err)
	}
	return r.devices()
}

func (r *reading) group(name string) *group {
	if r.groups[name] == nil {
		r.groups[name] = &group{vars: variables{}, parents: map[string]bool{}}
	}
	return r.groups[name]
}

func (r *reading) add(name string, sec *section, parent string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("group %q stands more than %d groups deep", name, maxDepth)
	}
	g := r.group(name)
	if parent != "" {
		g.parents[parent] = true
	}
	if sec == nil {
		return nil
	}
	maps.Copy(g.vars, sec.Vars)
	for pattern, vars := range sec.Hosts {
		hosts, err := expand(pattern)
		if err != nil {
			return err
		}
		for _, host := range hosts {
			if r.hosts[host] == nil {
				r.hosts[host], r.of[host] = variables{}, map[string]bool{}
			}
			maps.Copy(r.hosts[host], vars)
			r.of[host][name] = true
		}
	}
	for child, inner := range sec.Children {
		if err := r.add(child, inner, name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// measure says how deep each group stands, and refuses circles.
func (r *reading) measure() error {
	for range maxDepth {
		settled := true
		for name, g := range r.groups {
			deepest := 0
			if name != "all" {
				deepest = 1
			}
			for p := range g.parents {
				deepest = max(deepest, r.groups[p].depth+1)
			}
			if deepest != g.depth {
				g.depth, settled = deepest, false
			}
		}
		if settled {
			return nil
		}
	}
	return errors.New("groups stand in each other in a circle")
}

// within returns all groups of a host, the outermost first and else by name: the order in which the
// variables of later ones win (Ansible, "How variables are merged").
func (r *reading) within(host string) []string {
	all := map[string]bool{"all": true}
	var climb func(name string)
	climb = func(name string) {
		if !all[name] {
			all[name] = true
			for p := range r.groups[name].parents {
				climb(p)
			}
		}
	}
	for name := range r.of[host] {
		climb(name)
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.groups[a].depth, r.groups[b].depth), cmp.Compare(a, b))
	})
}

func (r *reading) devices() (devices []inventory.Device, err error) {
	files := map[string]variables{} // of groups
	for name := range r.groups {
		if files[name], err = r.beside(groupVars, name); err != nil {
			return nil, err
		}
	}
	for _, host := range slices.Sorted(maps.Keys(r.hosts)) {
		groups := r.within(host)
		if len(r.o.Groups) > 0 && !slices.ContainsFunc(r.o.Groups, func(g string) bool { return slices.Contains(groups, g) }) {
			continue
		}
		own, err := r.beside(hostVars, host)
		if err != nil {
			return nil, err
		}
		vars := variables{}
		for _, g := range groups {
			maps.Copy(vars, r.groups[g].vars)
		}
		for _, g := range groups {
			maps.Copy(vars, files[g])
		}
		maps.Copy(vars, r.hosts[host])
		maps.Copy(vars, own)
		devices = append(devices, r.device(host, groups, vars))
	}
	return devices, nil
}

func (r *reading) device(host string, groups []string, vars variables) inventory.Device {
	d := inventory.Device{Name: host, Host: cmp.Or(vars.text(varHost), host), Port: vars.number(varPort)}
	system := vars.text(varSystem)
	d.Platform = cmp.Or(vars.text(varPlatform), r.o.Platforms[system], systems[system], system)
	for _, g := range groups {
		if g != "all" && g != "ungrouped" {
			d.Groups = append(d.Groups, g)
		}
	}
	slices.Sort(d.Groups)
	return d
}

func (v variables) text(name string) string {
	if v[name] == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(v[name]))
}

// number is 0 where there is none, and -1 for what is no number.
func (v variables) number(name string) int {
	text := v.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// beside reads the variables of a group or a host that stand in files beside the inventory: one file,
// or a directory of them. Encrypted files are passed over.
func (r *reading) beside(kind, name string) (variables, error) {
	vars := variables{}
	if !r.has[kind] || strings.ContainsAny(name, `/\`) {
		return vars, nil
	}
	base := filepath.Join(filepath.Dir(r.o.Path), kind, name)
	files := []string{base, base + ".yml", base + ".yaml", base + ".json"}
	if inside, err := filepath.Glob(filepath.Join(base, "*")); err == nil { // in the order of their names
		files = append(files, inside...)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) || (err == nil && info.IsDir()) {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(string(src), "$ANSIBLE_VAULT") {
			continue
		}
		if err := yamlfile.Decode(file, src, &vars); err != nil {
			return nil, err
		}
	}
	return vars, nil
}
