// Package follow detects that files have changed and reads them again: the inventory, templates,
// cards and access rules of a running bot, its certificate, and secrets in files.
//
// It looks at sizes and times of modification every few seconds. That works wherever files come from:
// editors that rename, secrets mounted by Kubernetes, network file systems. The package knows nothing
// of what is in the files. It is a leaf: it imports internal/retry only, and every package may import it.
//
// Reading order: files.go, value.go, watch.go.
package follow

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files is the state of some files at one time. The zero value has none.
type Files struct {
	paths []string
	state string
}

// Stat returns the present state of files and of all files below directories. Empty paths are left
// out. A file that is missing, or can't be read, is part of the state.
func Stat(paths ...string) Files {
	f := Files{paths: slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == "" })}
	var state strings.Builder
	for _, path := range f.paths {
		stat(&state, path)
	}
	f.state = state.String()
	return f
}

// stat adds the state of a file, or of the files below a directory.
func stat(state *strings.Builder, path string) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // WalkDir doesn't follow a link at its root
	}
	_ = filepath.WalkDir(path, func(file string, _ fs.DirEntry, err error) error { // which returns nil only
		var info fs.FileInfo
		if err == nil {
			info, err = os.Stat(file) // follows links, as mounted secrets are
		}
		if err != nil {
			fmt.Fprintf(state, "%s is missing\n", file)
			return nil
		}
		fmt.Fprintf(state, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
		return nil
	})
}

// And returns the state of both.
func (f Files) And(other Files) Files {
	return Files{slices.Concat(f.paths, other.paths), f.state + other.state}
}

// Now returns the present state of the same files.
func (f Files) Now() Files { return Stat(f.paths...) }

// Equal reports whether the same files are in the same state.
func (f Files) Equal(other Files) bool { return f.state == other.state }
