package architecture

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Limits of the reading order of a package.
const (
	orderedFrom  = 4   // files; smaller packages need no reading order
	maxBackShare = 15. // percent of the arrows between files that may run to a file further down
)

var readingOrder = regexp.MustCompile(`(?s)Reading order: ([a-z0-9_., \n]+\.go)\.`)

// TestReadingOrder checks that a file is understood from those above it: the package comment lists the
// files, and few of them use what is declared further down. An arrow runs from a file to another one
// of its package when it uses at least one name that the other declares, methods and fields included.
func TestReadingOrder(t *testing.T) {
	exports := exportData(t)
	all := packages(t)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := all[name]
		files := slices.DeleteFunc(slices.Clone(p.GoFiles), func(f string) bool { return f == "doc.go" })
		if len(files) < 2 {
			continue
		}
		arrows, order, err := arrowsOf(p, exports)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if order == nil {
			if len(files) >= orderedFrom {
				t.Errorf("%s has %d files and its package comment gives no reading order", name, len(files))
			}
			continue
		}
		slices.Sort(files)
		if listed := slices.Sorted(slices.Values(order)); !slices.Equal(listed, files) {
			t.Errorf("%s: the reading order lists %v, the package has %v", name, listed, files)
			continue
		}
		var back []string
		for a, uses := range arrows {
			if slices.Index(order, a[0]) < slices.Index(order, a[1]) {
				back = append(back, fmt.Sprintf("%s uses %s of %s", a[0], strings.Join(uses, ", "), a[1]))
			}
		}
		slices.Sort(back)
		share := 0.
		if len(arrows) > 0 {
			share = 100 * float64(len(back)) / float64(len(arrows))
		}
		t.Logf("%-34s %2d of %2d arrows run back, %2.0f %%", name, len(back), len(arrows), share)
		if share > maxBackShare {
			t.Errorf("%s: %.0f %% of the arrows between its files run to a file further down, at most %.0f %% may:\n\t%s", name, share, maxBackShare, strings.Join(back, "\n\t"))
		}
	}
}

// arrowsOf returns the names that files use of each other, and the reading order of the package comment.
func arrowsOf(p pkg, exports map[string]string) (arrows map[[2]string][]string, order []string, err error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
		if m := readingOrder.FindStringSubmatch(f.Doc.Text()); m != nil {
			order = strings.Fields(strings.ReplaceAll(m[1], ",", " "))
		}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	checked, err := conf.Check(p.ImportPath, fset, files, info)
	if err != nil {
		return nil, nil, err
	}
	arrows = map[[2]string][]string{}
	for id, obj := range info.Uses {
		if obj.Pkg() != checked || !shared(checked, obj) {
			continue
		}
		a := [2]string{filepath.Base(fset.Position(id.Pos()).Filename), filepath.Base(fset.Position(obj.Pos()).Filename)}
		if a[0] != a[1] && a[0] != "doc.go" && !slices.Contains(arrows[a], obj.Name()) {
			arrows[a] = append(arrows[a], obj.Name())
		}
	}
	return arrows, order, nil
}

// shared reports whether an object belongs to the whole package: declared at its level, a method or a field.
func shared(p *types.Package, obj types.Object) bool {
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return true
	}
	if f, ok := obj.(*types.Func); ok && f.Signature().Recv() != nil {
		return true
	}
	return obj.Parent() == p.Scope()
}

// exportData returns the files in which the compiler left what packages export.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range bytes.Lines(out) {
		path, file, _ := strings.Cut(strings.TrimSpace(string(line)), "\t")
		files[path] = file
	}
	return files
}
