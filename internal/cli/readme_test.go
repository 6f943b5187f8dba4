package cli_test

import (
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

// Commands of the README that this test can't run, and what runs them instead.
var runElsewhere = map[string]string{
	"make run":        ".ci/run",
	"make test":       ".ci/run",
	"make build":      ".ci/run",
	"make bench":      ".ci/run",
	"overwatch serve": "TestServeByEnvironmentAlone",
}

var block = regexp.MustCompile("(?s)```(sh|yaml|txtar)\n(.*?)```")

// The README is a promise: its files are written and its commands run, in its order.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	ci, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	lab, err := devicesim.Start(devicesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	devices := &netboxsim.Sim{Token: "nbt_readme.0123456789"}
	devices.Set(netboxsim.Device{Name: "r7", Address: "192.0.2.7/24", Role: "router", Platform: "cisco-ios"})
	netbox := httptest.NewServer(devices)
	t.Cleanup(netbox.Close)
	dir := t.TempDir()
	env := append(os.Environ(), "OVERWATCH_DEVICE_PASSWORD="+lab.Devices()[0].Password, "NETBOX_TOKEN="+devices.Token)
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
	ran := 0
	for _, m := range block.FindAllStringSubmatch(string(readme), -1) {
		if m[1] != "sh" {
			writeBlock(t, dir, m[2], lab, netbox.URL)
			continue
		}
		for command := range strings.Lines(m[2]) {
			command = strings.TrimSpace(command)
			words := split(command)
			switch {
			case words[0] == "export":
				continue // the variables have values of the lab here
			case runElsewhere[strings.Join(words[:2], " ")] == ".ci/run":
				if !strings.Contains(string(ci), strings.Join(words[:2], " ")) {
					t.Errorf("%s: .ci/run doesn't run it", command)
				}
				continue
			case runElsewhere[strings.Join(words[:2], " ")] != "":
				continue
			case words[0] != "overwatch":
				t.Errorf("nothing runs %q", command)
				continue
			}
			run := exec.CommandContext(t.Context(), words[0], words[1:]...)
			run.Dir, run.Env = dir, env
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
			ran++
			if command == "overwatch init" { // whose devices aren't there
				if _, err := playground.WriteInventory(dir, lab); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if ran < 8 {
		t.Errorf("only %d commands were found", ran)
	}
}

// writeBlock writes a file of the README, whose name is the comment in its first line. Devices are
// those of the lab, and its NetBox a simulated one.
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

// The README names every transform there is, and no other.
func TestReadmeNamesTransforms(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
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
		t.Errorf("the README names %v, there are %v", named, known)
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
