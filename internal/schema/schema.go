// Package schema reads the data tree of a directory of YANG modules, resolves RESTCONF paths, field
// filters and leaves in it, and checks query templates against it.
//
// It contacts no device, and leaves the parsing of YANG to goyang. Only internal/cli and tests import it.
//
// Reading order: schema.go, check.go.
package schema

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/openconfig/goyang/pkg/yang"
)

// Schema is the modules of one directory. Those that are asked for are read, with what they import
// and what extends them; use it from one goroutine.
type Schema struct {
	dir     string
	modules map[string]module
	trees   map[string]tree
	broken  map[string]error // modules whose nodes are left out of the trees they extend
}

// module is what a glance at a file tells.
type module struct {
	path     string
	imports  []string
	augments bool
}

var (
	header   = regexp.MustCompile(`(?m)^\s*(sub)?module\s+"?([\w.-]+)"?\s*\{`)
	imported = regexp.MustCompile(`(?m)(?:^|[;{}])\s*import\s+"?([\w.-]+)"?\s*\{`)
	augment  = regexp.MustCompile(`(?m)(?:^|[;{}])\s*augment\s+["'/]`)
)

// Load looks through the files *.yang of a directory, not of those below it.
func Load(dir string) (*Schema, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yang"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("there are no YANG modules (*.yang) in %s", dir)
	}
	s := &Schema{dir: dir, modules: map[string]module{}, trees: map[string]tree{}, broken: map[string]error{}}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		is := header.FindSubmatch(src)
		if is == nil || len(is[1]) > 0 || strings.HasSuffix(file, "-deviation.yang") {
			continue // what a device leaves out is the device's business
		}
		m := module{path: file, augments: augment.Match(src)}
		for _, i := range imported.FindAllSubmatch(src, -1) {
			m.imports = append(m.imports, string(i[1]))
		}
		s.modules[string(is[2])] = m
	}
	return s, nil
}

// extending returns the modules that put nodes into a module's tree, also into each other's nodes there.
func (s *Schema) extending(name string) []string {
	found := []string{name}
	for i := 0; i < len(found); i++ {
		for other, m := range s.modules {
			if m.augments && slices.Contains(m.imports, found[i]) && !slices.Contains(found, other) {
				found = append(found, other)
			}
		}
	}
	slices.Sort(found[1:])
	return found
}

// tree is the tree of a module with everything that extends it, or why there is none.
type tree struct {
	root *yang.Entry
	err  error
}

// tree returns the tree of a module. The error names the module that is at fault.
func (s *Schema) tree(name string) (*yang.Entry, error) {
	t, ok := s.trees[name]
	if !ok {
		t.root, t.err = s.read(name)
		s.trees[name] = t
	}
	return t.root, t.err
}

func (s *Schema) read(name string) (*yang.Entry, error) {
	if _, ok := s.modules[name]; !ok {
		return nil, fmt.Errorf("module %s isn't in %s%s", name, s.dir, didYouMean(name, keys(s.modules)))
	}
	extending := s.extending(name)
	root, err := s.build(extending)
	var crash *crashError
	if !errors.As(err, &crash) {
		return root, err
	}
	if _, err := s.build(extending[:1]); errors.As(err, &crash) {
		return nil, fmt.Errorf("%s can't be used: %w", s.modules[s.culprit(name, map[string]bool{})].path, err)
	}
	usable := extending[:1:1]
	for _, part := range extending[1:] {
		if _, err := s.build(append(usable, part)); errors.As(err, &crash) {
			s.broken[part] = err
			continue
		}
		usable = append(usable, part)
	}
	return s.build(usable)
}

// crashError is a module that goyang panics on.
type crashError struct{ reason any }

func (e *crashError) Error() string { return fmt.Sprintf("goyang fails on it: %v", e.reason) }

// build makes the tree of the first of some modules, which the others extend.
func (s *Schema) build(parts []string) (root *yang.Entry, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			root, err = nil, &crashError{reason}
		}
	}()
	name := parts[0]
	all := yang.NewModules()
	all.AddPath(s.dir)
	for _, part := range parts {
		if err := all.Read(s.modules[part].path); err != nil && part == name {
			return nil, fmt.Errorf("%s can't be read: %w", s.modules[part].path, err)
		}
	}
	// What is wrong with other modules of the directory doesn't matter, as long as there is a tree.
	problems := all.Process()
	module := all.FindModule(&yang.Import{Name: name})
	if module == nil {
		return nil, fmt.Errorf("%s can't be used: %w", s.modules[name].path, cmp.Or(problems...))
	}
	return yang.ToEntry(module), nil
}

// culprit finds which module goyang fails on: the one that is named, or one that it imports.
func (s *Schema) culprit(name string, seen map[string]bool) string {
	seen[name] = true
	for _, imported := range s.modules[name].imports {
		if _, ok := s.modules[imported]; !ok || seen[imported] {
			continue
		}
		var crash *crashError
		if _, err := s.build([]string{imported}); errors.As(err, &crash) {
			return s.culprit(imported, seen)
		}
	}
	return name
}

// Node is a node of the tree: a container, a list or a leaf.
type Node struct {
	entry  *yang.Entry
	module string // whose node it is
	path   string // from the top, for messages
}

// Name returns its name without its module's.
func (n *Node) Name() string { return n.entry.Name }

// Keys returns the keys of a list, in their order.
func (n *Node) Keys() []string { return strings.Fields(n.entry.Key) }

// IsLeaf reports whether it is a leaf or a leaf-list.
func (n *Node) IsLeaf() bool { return n.entry.IsLeaf() || n.entry.IsLeafList() }

// IsList reports whether it is a list of entries.
func (n *Node) IsList() bool { return n.entry.IsList() }

// Resolve finds the node of a data resource: its path below {+restconf}/data, written as RFC 8040,
// 3.5.3 wants it, where any text may stand for a key. The error names the first step that is wrong.
func (s *Schema) Resolve(resource string) (*Node, error) {
	var n *Node
	for i, step := range strings.Split(resource, "/") {
		name, keyText, keyed := strings.Cut(step, "=")
		var err error
		if i == 0 {
			n, err = s.top(name)
		} else {
			n, err = n.step(name, true)
		}
		if err != nil {
			return nil, err
		}
		keys := strings.Split(keyText, ",")
		switch want := n.Keys(); {
		case keyed && !n.IsList():
			return nil, fmt.Errorf("%s is no list and takes no key", n.path)
		case keyed && len(keys) != len(want):
			return nil, fmt.Errorf("%s has %d keys (%s), not %d", n.path, len(want), strings.Join(want, ", "), len(keys))
		case !keyed && n.IsList() && i < strings.Count(resource, "/"):
			return nil, fmt.Errorf("%s is a list in the middle of the path and needs its keys (%s)", n.path, strings.Join(want, ", "))
		}
	}
	return n, nil
}

func (s *Schema) top(name string) (*Node, error) {
	module, local, ok := strings.Cut(name, ":")
	if !ok {
		return nil, fmt.Errorf("%q has no module in front", name)
	}
	tree, err := s.tree(module)
	if err != nil {
		return nil, err
	}
	return (&Node{entry: tree, module: module}).step(local, false)
}

// step finds a child. In a path a name needs its module in front where that changes.
func (n *Node) step(name string, inPath bool) (*Node, error) {
	prefix, local, qualified := strings.Cut(name, ":")
	if !qualified {
		local, prefix = prefix, ""
	}
	children := map[string]*yang.Entry{}
	collect(n.entry, children)
	child := children[local]
	if child == nil {
		where := n.path
		if where == "" {
			where = "module " + n.module
		}
		return nil, fmt.Errorf("%s has no %q%s", where, local, didYouMean(local, keys(children)))
	}
	module, err := child.InstantiatingModule()
	if err != nil {
		module = n.module
	}
	found := &Node{child, module, n.path + "/" + local}
	if n.path == "" {
		found.path = module + ":" + local
	}
	switch {
	case qualified && prefix != module:
		return nil, fmt.Errorf("%s is a node of module %s, not of %s", found.path, module, prefix)
	case inPath && !qualified && module != n.module:
		return nil, fmt.Errorf("%s is a node of another module than what it stands in: write %s:%s", found.path, module, local)
	}
	return found, nil
}

// collect gathers the data nodes below an entry; choices and cases aren't seen in data.
func collect(e *yang.Entry, into map[string]*yang.Entry) {
	for name, child := range e.Dir {
		if child.IsChoice() || child.IsCase() {
			collect(child, into)
			continue
		}
		if child.RPC == nil && child.Kind != yang.NotificationEntry {
			into[name] = child
		}
	}
}

// Child finds a node below by the names of members, such as statistics/in-octets. They may have their
// modules in front.
func (n *Node) Child(path string) (*Node, error) {
	for name := range strings.SplitSeq(path, "/") {
		child, err := n.step(name, false)
		if err != nil {
			return nil, err
		}
		n = child
	}
	return n, nil
}

// Has reports whether a node somewhere below has that name.
func (n *Node) Has(name string) bool {
	children := map[string]*yang.Entry{}
	collect(n.entry, children)
	for local, child := range children {
		if local == name || (&Node{entry: child}).Has(name) {
			return true
		}
	}
	return false
}

// Fields checks a field filter such as a;b/c;d(e;m:f) (RFC 8040, 4.8.3) against the node's data.
func (n *Node) Fields(filter string) error {
	rest, err := n.fields(filter)
	if err == nil && rest != "" {
		err = fmt.Errorf("fields: unexpected %q", rest)
	}
	return err
}

// fields checks one list of fields and returns what follows it.
func (n *Node) fields(filter string) (rest string, err error) {
	for {
		at := n
		for {
			end := strings.IndexAny(filter, ";/()")
			if end < 0 {
				end = len(filter)
			}
			if at, err = at.step(filter[:end], true); err != nil {
				return "", fmt.Errorf("fields: %w", err)
			}
			if filter = filter[end:]; !strings.HasPrefix(filter, "/") {
				break
			}
			filter = filter[1:]
		}
		if inner, ok := strings.CutPrefix(filter, "("); ok {
			if filter, err = at.fields(inner); err != nil {
				return "", err
			}
			var closed bool
			if filter, closed = strings.CutPrefix(filter, ")"); !closed {
				return "", fmt.Errorf("fields: a ) is missing after %s", at.path)
			}
		}
		next, more := strings.CutPrefix(filter, ";")
		if !more {
			return filter, nil
		}
		filter = next
	}
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// didYouMean offers the name that a misspelled one is nearest to.
func didYouMean(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(name, k); d <= least && d > 0 {
			best, least = k, d-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
