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

// Schema is the modules of one directory. A module is parsed when it is needed, with those that it imports
// and those that extend it. Not safe for concurrent use.
type Schema struct {
	dir     string
	modules map[string]module
	trees   map[string]tree
	broken  map[string]error // modules whose nodes are left out of the trees they extend
}

// module is what the first lines of a file say.
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

// Load lists the YANG modules (*.yang) of a directory, without its subdirectories.
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

// extending returns the modules that augment a module's tree, directly or by augmenting each other.
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

// tree returns the tree of a module. The error names the module with the mistake.
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

// build returns the tree of the first module, which the others extend.
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
	// Mistakes in other modules of the directory don't matter while there is a tree.
	problems := all.Process()
	module := all.FindModule(&yang.Import{Name: name})
	if module == nil {
		return nil, fmt.Errorf("%s can't be used: %w", s.modules[name].path, cmp.Or(problems...))
	}
	return yang.ToEntry(module), nil
}

// culprit returns the module on which goyang fails: the named one, or one that it imports.
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
	module string // that defines it
	path   string // from the top, for messages
}

// Name returns the name without the module.
func (n *Node) Name() string { return n.entry.Name }

// Keys returns the keys of a list, in their order.
func (n *Node) Keys() []string { return strings.Fields(n.entry.Key) }

// IsLeaf reports whether it is a leaf or a leaf-list.
func (n *Node) IsLeaf() bool { return n.entry.IsLeaf() || n.entry.IsLeafList() }

// IsList reports whether it is a list of entries.
func (n *Node) IsList() bool { return n.entry.IsList() }

// Resolve returns the node of a data resource. The path is relative to {+restconf}/data, as in RFC 8040,
// 3.5.3, with any text as keys. The error names the first wrong step.
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
			return nil, fmt.Errorf("%s isn't a list, so it has no keys", n.path)
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

// step returns a child. In a path, a name needs its module in front where the module changes.
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

// collect adds the data nodes below an entry. Choices and cases don't appear in data.
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

// Child returns a descendant by its names, such as statistics/in-octets, with or without their modules.
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

// Has reports whether a descendant has that name.
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

// didYouMean suggests the known name that is most similar.
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
