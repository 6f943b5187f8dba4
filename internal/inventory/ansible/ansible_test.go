package ansible_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/ansible"
	"overwatch/internal/inventory/inventorytest"
	"overwatch/internal/secret"
)

// source writes files and returns the source that reads hosts.yml.
func source(t *testing.T, files map[string]string, groups ...string) *ansible.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return ansible.New(ansible.Options{
		Path: filepath.Join(dir, "hosts.yml"), Groups: groups, Platforms: map[string]string{"nxos": "openconfig"},
	})
}

func TestContract(t *testing.T) {
	inventorytest.Run(t, func(t *testing.T) inventorytest.World {
		path := filepath.Join(t.TempDir(), "hosts.yml")
		write := func(text string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var last string
		return inventorytest.World{
			Source: ansible.New(ansible.Options{Path: path}),
			Set: func(devices []inventory.Device) {
				var b strings.Builder
				fmt.Fprintln(&b, "all:\n  hosts: {}\n  children:\n    paris: {}\n    edge: {}")
				for _, d := range devices {
					for _, g := range append([]string{"ungrouped"}, d.Groups...) {
						fmt.Fprintf(&b, "    %s:\n      hosts:\n        %s: {ansible_host: '%s', overwatch_platform: %s", g, d.Name, d.Host, d.Platform)
						if d.Port != 0 {
							fmt.Fprintf(&b, ", overwatch_port: %d", d.Port)
						}
						fmt.Fprintln(&b, "}")
					}
				}
				last = merge(b.String())
				write(last)
			},
			Break:  func() { write("all: [") },
			Repair: func() { write(last) },
		}
	})
}

// merge puts sections of one group together, which YAML wants to be one.
func merge(text string) string {
	hosts := map[string][]string{}
	var order []string
	group := ""
	for line := range strings.Lines(text) {
		name := strings.TrimSuffix(strings.TrimSpace(line), ":")
		switch {
		case strings.HasPrefix(line, "        "):
			hosts[group] = append(hosts[group], line)
		case strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "      "):
			group = strings.TrimSuffix(name, ": {}")
			if _, seen := hosts[group]; !seen {
				hosts[group], order = nil, append(order, group)
			}
		}
	}
	out := "all:\n  children:\n"
	for _, g := range order {
		out += "    " + g + ":\n      hosts:\n" + strings.Join(hosts[g], "")
	}
	return out
}

// Groups in groups, variables of all kinds and which of them wins, ranges, and files beside it.
func TestDevices(t *testing.T) {
	s := source(t, map[string]string{
		"hosts.yml": `---
all:
  vars: {ansible_network_os: cisco.ios.ios, overwatch_port: 1}
  hosts:
    lone:
  children:
    network:
      vars: {overwatch_port: 2}
      children:
        edge:
          hosts:
            r[01:02]:
              ansible_host: 192.0.2.1
            sw[a:c:2].example.com:
        core:
    servers:
      hosts:
        web1: {ansible_network_os: linux}
core:
  hosts:
    c1: {overwatch_port: 9, ansible_host: "{{ address }}", ansible_password: !vault "$ANSIBLE_VAULT;1.1"}
    c2:
`,
		"group_vars/all.yml":           "overwatch_port: 3\n",
		"group_vars/edge/ports.yaml":   "overwatch_port: 4\n",
		"group_vars/edge/zz-more.yaml": "ansible_network_os: nxos\n",
		"group_vars/core/vault.yml":    "$ANSIBLE_VAULT;1.1;AES256\n3132\n",
		"host_vars/r02.yml":            "ansible_host: 192.0.2.2\nunrelated: {a: [1]}\n",
	})
	got, err := s.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	edge, core := []string{"edge", "network"}, []string{"core", "network"}
	want := []inventory.Device{
		{Name: "c1", Host: "{{ address }}", Port: 9, Platform: "ios-xe", Groups: core},
		{Name: "c2", Host: "c2", Port: 3, Platform: "ios-xe", Groups: core},
		{Name: "lone", Host: "lone", Port: 3, Platform: "ios-xe"},
		{Name: "r01", Host: "192.0.2.1", Port: 4, Platform: "openconfig", Groups: edge},
		{Name: "r02", Host: "192.0.2.2", Port: 4, Platform: "openconfig", Groups: edge},
		{Name: "swa.example.com", Host: "swa.example.com", Port: 4, Platform: "openconfig", Groups: edge},
		{Name: "swc.example.com", Host: "swc.example.com", Port: 4, Platform: "openconfig", Groups: edge},
		{Name: "web1", Host: "web1", Port: 3, Platform: "linux", Groups: []string{"servers"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(secret.Text{})); diff != "" {
		t.Error(diff)
	}
}

func TestOnlySomeGroups(t *testing.T) {
	s := source(t, map[string]string{"hosts.yml": "a: {hosts: {r1: , r2: }}\nb: {children: {c: {hosts: {r3: }}}}\nd: {hosts: {r4: }}\n"}, "b", "d")
	got, err := s.Devices(t.Context())
	if err != nil || len(got) != 2 || got[0].Name != "r3" || got[1].Name != "r4" {
		t.Errorf("got %v %v", got, err)
	}
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no YAML":             {"all: [", "not valid YAML"},
		"a plugin":            {"plugin: netbox\n", "plugins aren't run"},
		"hosts as a list":     {"all:\n  hosts: [r1]\n", `hosts of group "all" isn't a mapping`},
		"a bad range":         {"all: {hosts: {'r[1:]': }}", `host "r[1:]": [1:] isn't [first:last] or [first:last:step]`},
		"a range of words":    {"all: {hosts: {'r[one:two]': }}", `"one" is neither a number nor a letter`},
		"backwards":           {"all: {hosts: {'r[c:a]': }}", "[c:a] ends before it begins"},
		"too many":            {"all: {hosts: {'r[1:999999]': }}", "stands for more than 100000"},
		"many ranges":         {"all: {hosts: {'r[1:9999][1:9999]': }}", "stands for more than 100000"},
		"no step":             {"all: {hosts: {'r[1:2:0]': }}", `"0" is no step`},
		"a circle":            {"a: {children: {b: {children: {a: }}}}", "contain each other"},
		"a circle of aliases": {"a: &a {children: {b: *a}}", "hosts.yml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := source(t, map[string]string{"hosts.yml": c.text}).Devices(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.Of(err) != fault.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := ansible.New(ansible.Options{Path: filepath.Join(t.TempDir(), "none")}).Devices(t.Context()); err == nil || !strings.Contains(err.Error(), "can't read") {
		t.Errorf("a missing file: %v", err)
	}
	s := source(t, map[string]string{"hosts.yml": "all: {hosts: {r1: }}", "host_vars/r1.yml": "- a list\n"})
	if _, err := s.Devices(t.Context()); err == nil || !strings.Contains(err.Error(), filepath.Join("host_vars", "r1.yml")) {
		t.Errorf("broken variables: %v", err)
	}
}

func FuzzDevices(f *testing.F) {
	f.Add("all: {hosts: {'r[1:3]': {ansible_host: a}}, children: {b: {vars: {x: 1}}}}")
	f.Add("a: {children: {b: {children: {a: }}}}")
	f.Add("all:\n  hosts:\n    '[a:c][01:10:3]': !vault |\n      x\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		path := filepath.Join(t.TempDir(), "hosts.yml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		devices, err := ansible.New(ansible.Options{Path: path}).Devices(t.Context())
		if err != nil && (devices != nil || fault.Of(err) != fault.Invalid) {
			t.Errorf("%q gives %v and %v", text, devices, err)
		}
	})
}
