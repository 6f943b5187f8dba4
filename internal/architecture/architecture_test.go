// Package architecture has tests only. They prove that the packages are as internal/README.md describes
// them, and that everything is written in plain words.
package architecture

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "overwatch/"

// pkg is the output of go list for a package, without its tests.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) map[string]pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]pkg{}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = p
	}
}

// imported returns what a package imports, directly or by way of others of ours. What a library imports
// doesn't count: a library that can do more than it is used for reaches no network by itself.
func imported(all map[string]pkg, p pkg) []string {
	seen := map[string]bool{}
	var visit func(pkg)
	visit = func(p pkg) {
		for _, dep := range p.Imports {
			name := strings.TrimPrefix(dep, module)
			if !seen[name] {
				seen[name] = true
				visit(all[name])
			}
		}
	}
	visit(p)
	return slices.Sorted(maps.Keys(seen))
}

// Which packages may import which, directly or indirectly.
func TestArrowsPointDown(t *testing.T) {
	all := packages(t)
	core := []string{"internal/bot", "internal/access", "internal/archive", "internal/button", "internal/form", "internal/phrase", "internal/query", "internal/render"}
	drivers := []string{"internal/webex", "internal/restconf", "internal/inventory/devicefile", "internal/inventory/netbox", "internal/inventory/ansible"}
	leaves := []string{"internal/audit", "internal/redact", "internal/fault", "internal/secret", "internal/printable", "internal/retry", "internal/follow", "internal/chat", "internal/yamlfile", "internal/yang", "internal/tracing", "cards", "templates"}
	sims := []string{"internal/sim/webexsim", "internal/sim/devicesim", "internal/sim/netboxsim"}
	above := []string{"internal/app", "internal/telemetry", "internal/cli", "internal/config", "internal/server", "internal/inbox", "internal/inbox/", "internal/worker", "internal/transport", "internal/transport/", "internal/playground", "internal/inventory/live"}

	never := func(from, to []string, why string) {
		t.Helper()
		for _, f := range from {
			p, ok := all[f]
			if !ok {
				t.Errorf("the package %s doesn't exist: correct this test", f)
			}
			for _, name := range imported(all, p) {
				hit := slices.ContainsFunc(to, func(x string) bool { return name == x || strings.HasSuffix(x, "/") && strings.HasPrefix(name, x) })
				if hit && name != f {
					t.Errorf("%s imports %s: %s", f, name, why)
				}
			}
		}
	}
	never(core, slices.Concat(drivers, above, sims, []string{"net/http", "github.com/labstack/echo/v4"}), "the core imports no driver and no network")
	never(drivers, slices.Concat(core, above, sims), "a driver imports only leaves")
	for _, d := range drivers {
		never([]string{d}, slices.DeleteFunc(slices.Clone(drivers), func(x string) bool { return x == d }), "drivers don't import each other")
	}
	never(leaves, slices.Concat(core, drivers, above, sims, []string{"net/http"}), "a leaf imports no other package of ours but leaves")
	never(sims, slices.Concat(core, drivers, above), "a simulator that shares code with its client proves nothing")
	for name, p := range all {
		if slices.Contains(p.Imports, module+"internal/phrase") && name != "internal/bot" {
			t.Errorf("%s imports internal/phrase: only the bot reads what people type", name)
		}
	}
	never([]string{"internal/telemetry"}, slices.Concat(core, drivers, sims), "telemetry only counts what it is given")
	never([]string{"internal/inbox", "internal/inbox/local", "internal/inbox/jetstream", "internal/worker"}, slices.Concat(core, drivers), "the inbox and its worker know no transport and no bot")
	never([]string{"internal/app", "internal/server", "internal/inbox", "internal/inbox/local", "internal/inbox/jetstream", "internal/transport/websocket", "internal/transport/webhook", "internal/transport/polling"}, append(sims, "internal/playground", "internal/cli"), "the production program contains no simulator")
}

// internal/README.md names every package, and no other.
func TestReadmeNamesPackages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Packages\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var named []string
	for _, m := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(table, -1) {
		named = append(named, m[1])
	}
	base := map[string]bool{"cards": true}
	for name := range packages(t) {
		if rest, ok := strings.CutPrefix(name, "internal/"); ok {
			base[filepath.Base(rest)] = true
			if !slices.Contains(named, filepath.Base(rest)) && !strings.Contains(table, "`"+rest+"`") {
				t.Errorf("%s isn't named", rest)
			}
		}
	}
	for _, name := range named {
		if !base[name] && !slices.Contains([]string{"sim"}, name) {
			t.Errorf("it names %s, which isn't there", name)
		}
	}
}

// Every package has a comment that introduces it, and every file can be read in one sitting.
func TestPackagesIntroduceThemselves(t *testing.T) {
	for name, p := range packages(t) {
		documented := false
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || tree.Doc != nil
			for _, d := range tree.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: no init functions: internal/app does what is done at start", path)
				}
			}
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(src), "\n"); n > 600 {
				t.Errorf("%s has %d lines: split it", path, n)
			}
			if regexp.MustCompile(`\blogrus\.(Info|Warn|Error|Debug|Fatal|Print|StandardLogger|With)[a-zA-Z]*\(`).Match(src) {
				t.Errorf("%s logs through the global logger: take one in the constructor", path)
			}
		}
		if !documented && len(p.GoFiles) > 0 {
			t.Errorf("package %s has no comment that says what it is", name)
		}
	}
}

// The top level is fixed, and no file names a package registry.
func TestTree(t *testing.T) {
	root := filepath.Join("..", "..")
	allowed := []string{"cmd", "internal", "cards", "templates", "go.mod", "go.sum", "Makefile", "README.md", "bin"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s doesn't belong at the top level", e.Name())
		}
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "node_modules", "dist", "bin"}, d.Name()):
			return filepath.SkipDir
		case d.Name() != "package-lock.json":
			return nil
		}
		src, err := os.ReadFile(path)
		if strings.Contains(string(src), `"resolved"`) {
			t.Errorf("%s names the registry it was made with: see .npmrc", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
