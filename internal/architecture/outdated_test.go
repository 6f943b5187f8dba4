package architecture

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// atLeast are the oldest versions without a published weakness, of Go modules and of npm packages. Add a
// line when a weakness is published; govulncheck in .ci/run reports those of Go modules.
var atLeast = map[string]struct{ version, why string }{
	"markdown-it":         {"14.1.1", "14.1.0 takes quadratic time to make links of some texts"},
	"golang.org/x/net":    {"0.38.0", "CVE-2025-22872: earlier tokenizers misread unquoted attributes"},
	"golang.org/x/crypto": {"0.45.0", "CVE-2025-58181: earlier SSH servers use unbounded memory"},
}

// Dependencies that are too old are named, without a network.
func TestDependenciesAreNotOutdated(t *testing.T) {
	versions := locked(t)
	for name, want := range atLeast {
		have, used := versions[name]
		if used && older(have, want.version) {
			t.Errorf("%s is %s, use at least %s: %s", name, have, want.version, want.why)
		}
	}
	if versions["markdown-it"] == "" || versions["golang.org/x/net"] == "" {
		t.Error("the versions weren't found")
	}
	for _, c := range [][2]string{{"14.1.0", "14.1.1"}, {"9.0.0", "14.1.1"}, {"0.9.0", "0.38.0"}} {
		if !older(c[0], c[1]) || older(c[1], c[0]) || older(c[0], c[0]) {
			t.Errorf("%s is older than %s", c[0], c[1])
		}
	}
}

// locked returns the versions of Go modules and npm packages that are built into the program.
func locked(t *testing.T) map[string]string {
	t.Helper()
	versions := map[string]string{}
	read := func(path ...string) []byte {
		b, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v(\S+)`).FindAllStringSubmatch(string(read("go.mod")), -1) {
		versions[m[1]] = m[2]
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.Unmarshal(read("internal", "playground", "ui", "web", "package-lock.json"), &lock); err != nil {
		t.Fatal(err)
	}
	for path, p := range lock.Packages {
		if name, ok := strings.CutPrefix(path, "node_modules/"); ok {
			versions[name] = p.Version
		}
	}
	return versions
}

// older reports whether version a comes before b.
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i]) // 0 for a suffix
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m < n
		}
	}
	return false
}
