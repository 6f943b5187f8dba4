package ansible

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Directories beside an inventory with more variables.
const (
	groupVars = "group_vars"
	hostVars  = "host_vars"
)

// extensions of files with variables, in the order in which they are looked for.
var extensions = []string{"", ".yml", ".yaml", ".json"}

// varsReader reads the variables of groups and hosts beside an inventory
// (ansible/plugins/vars/host_group_vars.py).
type varsReader struct {
	dir string
	has map[string]bool // which directories there are
}

func newVarsReader(dir string) *varsReader {
	r := &varsReader{dir: dir, has: map[string]bool{}}
	for _, kind := range []string{groupVars, hostVars} {
		r.has[kind] = isDir(filepath.Join(dir, kind))
	}
	return r
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// read returns the variables of a group or a host: one file, or a directory of them. Encrypted files are
// passed over.
func (r *varsReader) read(kind, name string) (variables, error) {
	vars := variables{}
	if !r.has[kind] || !filepath.IsLocal(name) {
		return vars, nil
	}
	files, err := varsFiles(filepath.Join(r.dir, kind, name))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(src, []byte("$ANSIBLE_VAULT")) {
			continue
		}
		doc, err := parseYAML(src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if !truthy(doc) {
			continue
		}
		m, ok := doc.(*mapping)
		if !ok {
			return nil, fmt.Errorf("%s: it isn't a mapping of variables", file)
		}
		for _, key := range m.keys {
			vars[fmt.Sprint(key)] = m.values[key]
		}
	}
	return vars, nil
}

// varsFiles returns the files of variables that a path stands for: the first of the path itself and the
// path with an extension that is there.
func varsFiles(base string) ([]string, error) {
	for _, ext := range extensions {
		info, err := os.Stat(base + ext)
		switch {
		case err != nil:
			continue
		case info.IsDir():
			return dirFiles(base + ext)
		}
		return []string{base + ext}, nil
	}
	return nil, nil
}

// dirFiles returns the files of variables in a directory and those below it, in the order of their names.
// Hidden files, backups and files with other extensions don't count.
func dirFiles(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := e.Name()
		full := filepath.Join(dir, name)
		info, err := os.Stat(full) // follows links
		if err != nil || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
			continue
		}
		switch ext := path.Ext(name); {
		case info.IsDir() && ext == "":
			below, err := dirFiles(full)
			if err != nil {
				return nil, err
			}
			files = append(files, below...)
		case info.Mode().IsRegular() && slices.Contains(extensions, ext):
			files = append(files, full)
		}
	}
	return files, nil
}
