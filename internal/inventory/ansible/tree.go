package ansible

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Groups that every inventory has.
const (
	groupAll       = "all"
	groupUngrouped = "ungrouped"
)

// group is a group of hosts and of other groups.
type group struct {
	name     string
	vars     variables
	priority int // of its variables among groups that are as deep
	depth    int // the longest way down from all
	parents  []*group
	children []*group
}

// host is a host and the groups that list it.
type host struct {
	name    string
	vars    variables
	groups  map[*group]bool
	grouped bool // it was in ungrouped and elsewhere, so variables of ungrouped don't apply
}

// tree is an inventory while it is read (ansible/inventory/data.py).
type tree struct {
	groups map[string]*group
	hosts  map[string]*host
	order  []*group // as they were added
}

func newTree() *tree {
	t := &tree{groups: map[string]*group{}, hosts: map[string]*host{}}
	t.addGroup(groupAll)
	t.addGroup(groupUngrouped)
	t.link(t.groups[groupAll], t.groups[groupUngrouped])
	return t
}

func (t *tree) addGroup(name string) *group {
	g := t.groups[name]
	if g == nil {
		g = &group{name: name, vars: variables{}, priority: 1}
		t.groups[name] = g
		t.order = append(t.order, g)
	}
	return g
}

func (t *tree) addHost(name string, in *group, port int) error {
	if name == "" {
		return fmt.Errorf("a host of group %q has no name", in.name)
	}
	h := t.hosts[name]
	if h == nil {
		h = &host{name: name, vars: variables{}, groups: map[*group]bool{}}
		if port != 0 {
			h.vars["ansible_port"] = port
		}
		t.hosts[name] = h
	}
	h.groups[in] = true
	return nil
}

// set sets a variable of the group of that name, or else of the host.
func (t *tree) set(entity, name string, value any) error {
	if g := t.groups[entity]; g == nil {
		t.hosts[entity].vars[name] = value
	} else if name == "ansible_group_priority" {
		n, err := strconv.Atoi(strings.TrimSpace(fmt.Sprint(value)))
		if err != nil {
			return fmt.Errorf("ansible_group_priority %v of group %q isn't a number", value, entity)
		}
		g.priority = n
	} else {
		g.vars[name] = value
	}
	return nil
}

// addChild puts the group of that name, or else the host, into a group.
func (t *tree) addChild(parent *group, child string) error {
	if g := t.groups[child]; g != nil {
		if g == parent || slices.Contains(ancestors(parent), g) {
			return fmt.Errorf("groups %q and %q contain each other", parent.name, child)
		}
		t.link(parent, g)
		return nil
	}
	h := t.hosts[child]
	if h == nil {
		return fmt.Errorf("%q in group %q is neither a group nor a host", child, parent.name)
	}
	h.groups[parent] = true
	return nil
}

func (t *tree) link(parent, child *group) {
	if slices.Contains(parent.children, child) {
		return
	}
	parent.children = append(parent.children, child)
	child.parents = append(child.parents, parent)
	deepen(child, parent.depth+1)
}

func deepen(g *group, depth int) {
	if depth <= g.depth {
		return
	}
	g.depth = depth
	for _, c := range g.children {
		deepen(c, depth+1)
	}
}

// ancestors returns the groups that a group is in, directly or not.
func ancestors(g *group) []*group {
	var found []*group
	for pending := g.parents; len(pending) > 0; pending = pending[1:] {
		if p := pending[0]; !slices.Contains(found, p) {
			found = append(found, p)
			pending = append(pending[:len(pending):len(pending)], p.parents...)
		}
	}
	return found
}

// reconcile completes what was read: every group is in all, every host in a group, and ungrouped has
// only hosts that are nowhere else.
func (t *tree) reconcile() error {
	all, ungrouped := t.groups[groupAll], t.groups[groupUngrouped]
	for _, g := range t.order {
		if g != all && len(g.parents) == 0 {
			t.link(all, g)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.hosts)) {
		h := t.hosts[name]
		groups := t.allGroups(h)
		elsewhere := false
		for g := range groups {
			elsewhere = elsewhere || g != all && g != ungrouped
		}
		switch {
		case h.groups[ungrouped] && elsewhere:
			delete(h.groups, ungrouped)
			h.grouped = true
		case !groups[ungrouped] && !elsewhere:
			if err := t.addChild(ungrouped, name); err != nil { // a group, if one has the host's name
				return err
			}
		}
	}
	return nil
}

// allGroups returns the groups of a host and those that they are in.
func (t *tree) allGroups(h *host) map[*group]bool {
	found := map[*group]bool{}
	for g := range h.groups {
		found[g] = true
		for _, a := range ancestors(g) {
			found[a] = true
		}
	}
	return found
}

// groupsOf returns all groups of a host but all itself, in the order in which their variables apply:
// those of later ones win (Ansible, "How variables are merged").
func (t *tree) groupsOf(h *host) []*group {
	found := t.allGroups(h)
	if h.grouped {
		delete(found, t.groups[groupUngrouped])
	}
	delete(found, t.groups[groupAll])
	return slices.SortedFunc(maps.Keys(found), func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), cmp.Compare(a.priority, b.priority), cmp.Compare(a.name, b.name))
	})
}
