package cli_test

import (
	"cmp"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"overwatch/internal/app"
	"overwatch/internal/audit"
	"overwatch/internal/chat"
	"overwatch/internal/playground"
	"overwatch/internal/query"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/netboxsim"
)

// Commands of the READMEs that this test can't run, and what runs them instead.
var runElsewhere = map[string]string{
	"make run":         ".ci/run",
	"make test":        ".ci/run",
	"make build":       ".ci/run",
	"make bench":       ".ci/run",
	"make screenshots": "TestBrowser", // of internal/playground, which takes them
	"overwatch serve":  "TestServeByEnvironmentAlone",
}

var block = regexp.MustCompile("(?s)```(sh|yaml|txtar)\n(.*?)```")

// readmes returns the READMEs of the repository, the top one first.
func readmes(t *testing.T) (paths []string) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin"}, d.Name()):
			return filepath.SkipDir
		case d.Name() == "README.md":
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), strings.Compare(a, b))
	})
	return paths
}

// The READMEs are a promise: their files are written and their commands run, in their order, each README
// in a directory of its own.
func TestReadmes(t *testing.T) {
	ci, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	lab, err := devicesim.Start(devicesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	ran := 0
	for _, path := range readmes(t) {
		t.Run(strings.TrimPrefix(path, "../../"), func(t *testing.T) { ran += runReadme(t, path, string(ci), lab) })
	}
	if ran < 15 {
		t.Errorf("only %d commands were found", ran)
	}
}

// runReadme returns how many commands of a README it ran.
func runReadme(t *testing.T, path, ci string, lab *devicesim.Lab) (ran int) {
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	devices := &netboxsim.Sim{Token: "nbt_readme.0123456789"}
	devices.Set(netboxsim.Device{Name: "r7", Address: "192.0.2.7/24", Role: "router", Platform: "cisco-ios"})
	netbox := httptest.NewServer(devices)
	t.Cleanup(netbox.Close)
	dir := t.TempDir()
	env := append(os.Environ(), "OVERWATCH_DEVICE_PASSWORD="+lab.Devices()[0].Password, "NETBOX_TOKEN="+devices.Token)
	initialise := func() {
		run := exec.CommandContext(t.Context(), "overwatch", "init")
		run.Dir, run.Env = dir, env
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("overwatch init: %v\n%s", err, out)
		}
		if _, err := playground.WriteInventory(dir, lab); err != nil { // the lab's devices
			t.Fatal(err)
		}
	}
	if !strings.Contains(string(readme), "\noverwatch init\n") {
		initialise()
	}
	record(t, dir)
	for _, m := range block.FindAllStringSubmatch(string(readme), -1) {
		if m[1] != "sh" {
			writeBlock(t, dir, m[2], lab, netbox.URL)
			continue
		}
		for command := range strings.Lines(m[2]) {
			command = strings.TrimSpace(command)
			words := split(command)
			switch {
			case len(words) == 0 || words[0] == "export" || strings.HasPrefix(command, "#"):
				continue // variables have the lab's values here
			case len(words) > 1 && runElsewhere[words[0]+" "+words[1]] == ".ci/run":
				if !strings.Contains(ci, words[0]+" "+words[1]) {
					t.Errorf("%s: .ci/run doesn't run it", command)
				}
				continue
			case len(words) > 1 && runElsewhere[words[0]+" "+words[1]] != "":
				continue
			case words[0] != "overwatch":
				t.Errorf("nothing runs %q", command)
				continue
			}
			ran++
			if command == "overwatch init" {
				initialise()
				continue
			}
			run := exec.CommandContext(t.Context(), words[0], words[1:]...)
			run.Dir, run.Env = dir, env
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
		}
	}
	return ran
}

// record leaves an audit record in the data directory, for the commands that list and verify records.
func record(t *testing.T, dir string) {
	t.Helper()
	log, err := audit.Open(filepath.Join(dir, "overwatch-data", app.AuditDir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write(audit.Record{Run: chat.Run{Person: "alice@example.com", Query: "vrf"}, Outcome: "answered"}); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// writeBlock writes a file of a README, which is named by the comment in its first line. Its devices are
// the lab's, and its NetBox is simulated.
func writeBlock(t *testing.T, dir, text string, lab *devicesim.Lab, netbox string) {
	t.Helper()
	first, _, _ := strings.Cut(text, "\n")
	name := filepath.Join(dir, strings.TrimPrefix(first, "# "))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, d := range lab.Devices() {
		if d.Name == "r1" {
			text = strings.ReplaceAll(text, "port: 443", "port: "+portOf(d))
		}
	}
	text = strings.ReplaceAll(text, "https://netbox.example.com", netbox)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The README of the templates names every transform, and no other.
func TestReadmeNamesTransforms(t *testing.T) {
	readme, err := os.ReadFile("../../templates/README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile("(?m)^\\| `as` \\|.*$").FindString(string(readme))
	var named []string
	for _, m := range regexp.MustCompile("`([a-z0-9]+)[:`\\[]").FindAllStringSubmatch(strings.TrimPrefix(line, "| `as` |"), -1) {
		named = append(named, m[1])
	}
	var known []string
	for _, tr := range query.Transforms() {
		known = append(known, tr.Name)
	}
	if !slices.Equal(named, known) {
		t.Errorf("templates/README.md names %v, the transforms are %v", named, known)
	}
}

func portOf(d devicesim.Device) string { return strconv.Itoa(d.Port) }

// split cuts a command into words; those in quotes stay together.
func split(command string) (words []string) {
	for _, w := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(command, -1) {
		words = append(words, strings.Trim(w, `"`))
	}
	return words
}

// Every link of a README to a file leads somewhere.
func TestReadmeLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, path := range readmes(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
	}
}

// The top README is read in two minutes.
func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 150 {
		t.Errorf("README.md has %d lines, at most 150: move details to the README beside what they are about", n)
	}
}
