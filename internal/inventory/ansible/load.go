package ansible

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// ignored are files of an inventory directory that aren't inventories (ansible/inventory/manager.py).
var ignored = regexp.MustCompile(`^\.|^host_vars$|^group_vars$|^vars_plugins$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$`)

// loader reads an inventory into a tree.
type loader struct {
	tree *tree
	warn func(string)
}

// load reads a file, or all files of a directory and those below it. A file of a directory that can't be
// read is left out with a warning, as Ansible does; it is an error if nothing could be read.
func (l *loader) load(path string) error {
	if !isDir(path) {
		return l.file(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	var problems []error
	read := false
	for _, e := range entries {
		if ignored.MatchString(e.Name()) {
			continue
		}
		if err := l.load(filepath.Join(path, e.Name())); err != nil {
			problems = append(problems, err)
			continue
		}
		read = true
	}
	if !read && len(problems) > 0 {
		return errors.Join(problems...)
	}
	for _, problem := range problems {
		l.warn("left out: " + problem.Error())
	}
	if !read {
		return fmt.Errorf("%s has no inventory", path)
	}
	return nil
}

// file reads a file as YAML or else as INI, whichever fits.
func (l *loader) file(path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var inYAML error
	if slices.Contains(extensions, filepath.Ext(path)) {
		reader := yamlReader{l.tree, func(text string) { l.warn(path + ": " + text) }}
		if inYAML = reader.read(src); inYAML == nil {
			return nil
		}
	}
	inINI := (&iniReader{tree: l.tree}).read(src)
	switch {
	case inINI == nil:
		return nil
	case inYAML == nil || filepath.Ext(path) == "" && regexp.MustCompile(`(?m)^\[`).Match(src):
		return fmt.Errorf("%s: %w", path, inINI)
	}
	return fmt.Errorf("%s: %w", path, inYAML)
}
