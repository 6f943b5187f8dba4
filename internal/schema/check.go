package schema

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/query"
	"overwatch/internal/yamlfile"
)

// CheckTemplates reports every name in the catalog's templates that the YANG modules don't have. It
// checks the variants for the platforms named, or all variants if none is named. The error has a line
// for each problem, with file and line number. A module that can't be used is one, and the rest is checked.
func (s *Schema) CheckTemplates(catalog *query.Catalog, platforms []string) error {
	var problems yamlfile.Problems
	for _, t := range catalog.All() {
		for _, platform := range t.Platforms() {
			if len(platforms) > 0 && !slices.Contains(platforms, platform) {
				continue
			}
			c := templateCheck{modules: s, file: t.File, platform: platform}
			c.template(t)
			problems = append(problems, c.problems...)
		}
	}
	for _, name := range keys(s.broken) {
		problems = append(problems, yamlfile.Problem{File: s.modules[name].path, Message: fmt.Sprintf("what it adds isn't known: %v", s.broken[name])})
	}
	return problems.Err()
}

// templateCheck checks the variant of one template for one platform.
type templateCheck struct {
	modules  *Schema
	file     string
	platform string
	problems yamlfile.Problems
}

func (c *templateCheck) report(line int, format string, args ...any) {
	c.problems = append(c.problems, yamlfile.Problem{File: c.file, Line: line, Message: c.platform + ": " + fmt.Sprintf(format, args...)})
}

func (c *templateCheck) template(t *query.Template) {
	var all []rowNodes
	for _, r := range t.Requests(c.platform) {
		if nodes := c.request(r); nodes != nil {
			all = append(all, nodes)
		}
	}
	if len(all) == 0 {
		return // no request can be resolved, which is already reported
	}
	for _, f := range t.FactNames(c.platform) {
		for _, leaf := range f.Leaves {
			var first error
			found := slices.ContainsFunc(all, func(nodes rowNodes) bool {
				err := nodes.leaf(leaf)
				if first == nil {
					first = err
				}
				return err == nil
			})
			if !found {
				c.report(f.Line, "fact %q: %v", f.Title, first)
			}
		}
		for _, word := range f.Words {
			if !slices.ContainsFunc(all, func(nodes rowNodes) bool { return nodes.below(word) }) {
				c.report(f.Line, "fact %q: nothing below a row is called %q", f.Title, word)
			}
		}
	}
}

// request checks one request and returns the nodes from its resource to its rows, or nil if they
// can't be resolved.
func (c *templateCheck) request(r query.Names) rowNodes {
	n, err := c.modules.Resolve(r.Resource)
	if err != nil {
		c.report(r.Line, "get: %v", err)
		return nil
	}
	if r.Fields != "" {
		if err := n.Fields(r.Fields); err != nil {
			c.report(r.Line, "%v", err)
		}
	}
	nodes := rowNodes{n}
	for _, member := range r.Rows {
		if n, err = n.Child(member); err != nil {
			c.report(r.Line, "rows: %v", err)
			return nil
		}
		nodes = append(nodes, n)
	}
	for _, leaf := range r.Leaves {
		if err := nodes.leaf(leaf); err != nil {
			c.report(r.Line, "%v", err)
		}
	}
	for _, word := range r.Words {
		if !nodes.below(word) {
			c.report(r.Line, "keep: nothing below a row is called %q", word)
		}
	}
	return nodes
}

// rowNodes are the nodes from a request's resource down to its rows.
type rowNodes []*Node

// leaf returns nil if path is a member of the row or a leaf of a node above it, which may be named in front
// of the leaf, as yang.Row.Get finds it.
func (nodes rowNodes) leaf(path string) error {
	row := nodes[len(nodes)-1]
	if row.IsLeaf() && path == row.Name() {
		return nil // the resource is a single leaf
	}
	_, err := row.Child(path)
	list, leaf, named := strings.Cut(path, "/")
	for i, n := range slices.Backward(nodes) {
		if err == nil {
			break
		}
		switch {
		case named && list == n.Name():
			if _, err = n.Child(leaf); i < len(nodes)-1 && strings.Contains(leaf, "/") {
				err = fmt.Errorf("%s: a row sees only the leaves of %s itself", path, list)
			}
		case !named && i < len(nodes)-1:
			if above, missing := n.Child(path); missing == nil && above.IsLeaf() {
				return nil
			}
		}
	}
	return err
}

// below reports whether a node in the row, at any depth, or a leaf above it has that name.
func (nodes rowNodes) below(name string) bool {
	return nodes.leaf(name) == nil || nodes[len(nodes)-1].Has(name)
}
