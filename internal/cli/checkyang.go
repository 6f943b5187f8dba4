package cli

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/query"
	"overwatch/internal/schema"
	"overwatch/internal/yamlfile"
)

// checkYANG says what the templates name that isn't in the YANG modules, for some platforms or, with
// none named, for all.
func checkYANG(catalog *query.Catalog, modules *schema.Schema, platforms []string) error {
	var problems yamlfile.Problems
	for _, t := range catalog.All() {
		for _, platform := range t.Platforms() {
			if len(platforms) > 0 && !slices.Contains(platforms, platform) {
				continue
			}
			c := yangCheck{modules: modules, file: t.File, platform: platform}
			c.template(t)
			problems = append(problems, c.problems...)
		}
	}
	return problems.Err()
}

type yangCheck struct {
	modules  *schema.Schema
	file     string
	platform string
	problems yamlfile.Problems
}

func (c *yangCheck) say(line int, format string, args ...any) {
	c.problems = append(c.problems, yamlfile.Problem{File: c.file, Line: line, Say: c.platform + ": " + fmt.Sprintf(format, args...)})
}

func (c *yangCheck) template(t *query.Template) {
	var all []rowNodes
	for _, r := range t.Requests(c.platform) {
		if nodes := c.request(r); nodes != nil {
			all = append(all, nodes)
		}
	}
	if len(all) == 0 {
		return // the requests are wrong, and that has been said
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
				c.say(f.Line, "fact %q: %v", f.Title, first)
			}
		}
		for _, word := range f.Words {
			if !slices.ContainsFunc(all, func(nodes rowNodes) bool { return nodes.below(word) }) {
				c.say(f.Line, "fact %q: nothing below a row is called %q", f.Title, word)
			}
		}
	}
}

// request resolves what a request names and returns the nodes that its rows see.
func (c *yangCheck) request(r query.Names) rowNodes {
	n, err := c.modules.Resolve(r.Resource)
	if err != nil {
		c.say(r.Line, "get: %v", err)
		return nil
	}
	if r.Fields != "" {
		if err := n.Fields(r.Fields); err != nil {
			c.say(r.Line, "%v", err)
		}
	}
	nodes := rowNodes{n}
	for _, member := range r.Rows {
		if n, err = n.Child(member); err != nil {
			c.say(r.Line, "rows: %v", err)
			return nil
		}
		nodes = append(nodes, n)
	}
	for _, leaf := range r.Leaves {
		if err := nodes.leaf(leaf); err != nil {
			c.say(r.Line, "%v", err)
		}
	}
	for _, word := range r.Words {
		if !nodes.below(word) {
			c.say(r.Line, "keep: nothing below a row is called %q", word)
		}
	}
	return nodes
}

// rowNodes are the nodes from a request's resource down to its rows.
type rowNodes []*schema.Node

// leaf finds a member of the row, or a leaf of one of the lists around it.
func (nodes rowNodes) leaf(path string) error {
	row := nodes[len(nodes)-1]
	if row.IsLeaf() && path == row.Name() {
		return nil // the answer is one leaf
	}
	_, err := row.Child(path)
	for _, above := range slices.Backward(nodes[:len(nodes)-1]) {
		if err == nil || strings.Contains(path, "/") {
			break
		}
		if n, missing := above.Child(path); missing == nil && n.IsLeaf() {
			return nil
		}
	}
	return err
}

// below reports whether something in the row, or a leaf around it, has that name.
func (nodes rowNodes) below(name string) bool {
	return nodes.leaf(name) == nil || nodes[len(nodes)-1].Has(name)
}
