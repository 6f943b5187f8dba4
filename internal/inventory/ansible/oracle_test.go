package ansible

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listing is what was read of an inventory: by host, its groups but all and ungrouped, and its variables.
type listing map[string]listed

type listed struct {
	Groups []string
	Vars   map[string]any
}

// files of a generated inventory, by their paths; the inventory is hosts, or the first of another name.
type files map[string]string

// ansibleInventory asks Ansible about inventories. It skips the test where Ansible isn't installed;
// with CI=true that fails the test.
func ansibleInventory(t *testing.T, paths []string) []oracleResult {
	t.Helper()
	command, err := exec.LookPath("ansible-inventory")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("ansible-inventory isn't installed (the package ansible-core)")
		}
		t.Skip("ansible-inventory isn't installed (the package ansible-core)")
	}
	script, err := os.ReadFile(command)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(script, []byte("\n"))
	python := strings.Fields(strings.TrimPrefix(string(first), "#!"))
	oracle, err := filepath.Abs(filepath.Join("testdata", "oracle.py"))
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), python[0], append(python[1:], oracle)...)
	run.Dir = t.TempDir()
	run.Env = append(os.Environ(), "HOME="+run.Dir, "ANSIBLE_LOCALHOST_WARNING=false", "PYTHONDONTWRITEBYTECODE=1")
	run.Stdin = strings.NewReader(strings.Join(paths, "\n") + "\n")
	var stderr bytes.Buffer
	run.Stderr = &stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var results []oracleResult
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r oracleResult
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		results = append(results, r)
	}
	if len(results) != len(paths) {
		t.Fatalf("%d results for %d inventories: %s", len(results), len(paths), stderr.String())
	}
	return results
}

type oracleResult struct {
	Code     int
	Error    string
	Warnings string
	List     map[string]json.RawMessage
}

// failed reports whether Ansible couldn't read the inventory, or a part of it.
func (r oracleResult) failed() bool {
	return r.Error != "" || r.Code != 0 || strings.Contains(r.Warnings, "Unable to parse") || strings.Contains(r.Warnings, "Failed to parse")
}

func (r oracleResult) listing(t *testing.T) listing {
	t.Helper()
	type section struct{ Hosts, Children []string }
	groups := map[string]section{}
	var meta struct{ Hostvars map[string]map[string]any }
	for name, raw := range r.List {
		var s section
		var into any = &s
		if name == "_meta" {
			into = &meta
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if name != "_meta" {
			groups[name] = s
		}
	}
	parents := map[string][]string{}
	for name, s := range groups {
		for _, c := range s.Children {
			parents[c] = append(parents[c], name)
		}
	}
	of := map[string]map[string]bool{}
	var climb func(host, group string)
	climb = func(host, group string) {
		if of[host] == nil {
			of[host] = map[string]bool{}
		}
		if group == groupAll || group == groupUngrouped || of[host][group] {
			return
		}
		of[host][group] = true
		for _, p := range parents[group] {
			climb(host, p)
		}
	}
	for name, s := range groups {
		for _, h := range s.Hosts {
			climb(h, name)
		}
	}
	for h := range meta.Hostvars {
		climb(h, groupAll)
	}
	out := listing{}
	for host, groups := range of {
		l := listed{Vars: map[string]any{}}
		for g := range groups {
			l.Groups = append(l.Groups, g)
		}
		slices.Sort(l.Groups)
		for k, v := range meta.Hostvars[host] {
			l.Vars[k] = v
		}
		out[host] = l
	}
	return out
}

// read reads an inventory as the source does, in the form of a listing.
func read(t *testing.T, path string) (listing, []string, error) {
	t.Helper()
	out := listing{}
	var warnings []string
	s := New(Options{Path: path, Warn: func(text string) { warnings = append(warnings, text) }})
	err := s.each(func(h *host, groups []*group, vars variables) {
		l := listed{Vars: map[string]any{}}
		for _, g := range groups {
			if g.name != groupUngrouped {
				l.Groups = append(l.Groups, g.name)
			}
		}
		slices.Sort(l.Groups)
		for k, v := range vars {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var plain any
			if err := json.Unmarshal(b, &plain); err != nil {
				t.Fatal(err)
			}
			l.Vars[k] = plain
		}
		out[h.name] = l
	})
	return out, warnings, err
}

// compare reads inventories and has Ansible read them, too. What Ansible reads without an error has to
// be the same; what it can't read may be an error here or the same part of it.
func compare(t *testing.T, inventories map[string]files) {
	t.Helper()
	root := t.TempDir()
	var names, paths []string
	for name, fs := range inventories {
		names = append(names, name)
		dir := filepath.Join(root, fmt.Sprint(len(names)))
		path := filepath.Join(dir, "hosts")
		for file, text := range fs {
			full := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(file, "hosts.") {
				path = full
			}
		}
		paths = append(paths, path)
	}
	accepted := 0
	for i, oracle := range ansibleInventory(t, paths) {
		got, warnings, err := read(t, paths[i])
		if err != nil {
			if !oracle.failed() {
				t.Errorf("%s: Ansible reads it, we say %v\n%s", names[i], err, inventories[names[i]].show())
			}
			continue
		}
		if oracle.failed() && len(oracle.List) == 0 || oracle.Error != "" {
			t.Errorf("%s: Ansible fails with %s %s, we read %v\n%s", names[i], oracle.Error, oracle.Warnings, got, inventories[names[i]].show())
			continue
		}
		accepted++
		if diff := cmp.Diff(oracle.listing(t), got); diff != "" {
			t.Errorf("%s: Ansible and we read it otherwise (-Ansible +we): %s\n%s\n%s", names[i], diff, oracle.Warnings, inventories[names[i]].show())
		}
		if (strings.Contains(oracle.Warnings, "Skipping") || strings.Contains(oracle.Warnings, "Unable to parse")) != (len(warnings) > 0) {
			t.Errorf("%s: Ansible warns %q, we %q\n%s", names[i], oracle.Warnings, warnings, inventories[names[i]].show())
		}
	}
	t.Logf("%d of %d inventories were read", accepted, len(paths))
	if accepted < len(paths)/3 {
		t.Errorf("only %d of %d inventories were read at all", accepted, len(paths))
	}
}

func (f files) show() string {
	var b strings.Builder
	for name, text := range f {
		fmt.Fprintf(&b, "--- %s\n%s\n", name, text)
	}
	return b.String()
}

// Inventories as people have them, and as they broke for people.
func TestAsAnsibleReadsIt(t *testing.T) {
	const plain = "routers: {hosts: {r1: {ansible_host: 192.0.2.1}, r2: }}\n"
	compare(t, map[string]files{
		"a swap file beside the vars": {
			"hosts.yml": plain, "group_vars/all/main.yml": "overwatch_port: 1\n", "group_vars/all/.main.yml.swp": "b0VIM 8.2\x00\x01",
			"group_vars/all/.gitignore": "*\n", "group_vars/all/README.md": "# {{ not YAML\n", "group_vars/all/main.yml~": "a: [", "group_vars/all/main.yml.bak": "a: [", "group_vars/all/x.txt": "- a\n",
		},
		"directories below group_vars": {
			"hosts.yml": plain, "group_vars/routers/a/b/c.yml": "x: 1\n", "group_vars/routers/a/z.json": `{"y": 2}`, "group_vars/routers/b": "x: 3\n", "group_vars/routers/c.d/x.yml": "x: 4\n", "host_vars/r1/deep/vars.yaml": "z: true\n",
		},
		"a file and a directory":  {"hosts.yml": plain, "group_vars/routers": "x: 1\n", "group_vars/routers.yml": "x: 2\n", "group_vars/all.yaml": "x: 3\n", "group_vars/all.yml": "x: 4\n"},
		"an unknown key":          {"hosts.yml": "routers: {hosts: {r1: }, host: {r2: }, description: text, tags: [a]}\n"},
		"a host as a text":        {"hosts.yml": "routers: {hosts: r1, children: edge}\nedge: {hosts: 'e[1:2]'}\n"},
		"a list of hosts":         {"hosts.yml": "routers: {hosts: [r1, r2]}\n"},
		"a key twice":             {"hosts.yml": "routers:\n  hosts:\n    r1: {x: 1}\n    r2:\n    r1: {x: 2}\n  vars: {y: 1, y: 2}\n  vars: {z: 3}\n"},
		"ports":                   {"hosts.yml": "all: {hosts: {'r1:2222': , '[2001:db8::1]:8443': , '2001:db8::2': , 'r[1:2].example.com:22': , '192.0.2.[1:3]:80': , 'core sw:22': , 'r-:22': , 'fe80::1%eth0': , 'ü:22': }}\n"},
		"a bad port":              {"hosts.yml": "all: {hosts: {'r1:': , 'r2:x': }}\n"},
		"an address in brackets":  {"hosts.yml": "all: {hosts: {'[2001:db8::1]': }}\n"},
		"priorities":              {"hosts.yml": "a: {hosts: {r1: }, vars: {x: a, ansible_group_priority: 10}}\nb: {hosts: {r1: }, vars: {x: b}}\nc: {hosts: {r1: }, vars: {x: c, ansible_group_priority: '2'}}\n", "group_vars/a.yml": "y: a\n", "group_vars/b.yml": "y: b\nansible_group_priority: 99\n"},
		"a bad priority":          {"hosts.yml": "a: {hosts: {r1: }, vars: {ansible_group_priority: high}}\n"},
		"an INI":                  {"hosts": "lone\n[routers]\nr[01:03] ansible_host=192.0.2.1 overwatch_port=8443 # comment\nr9 x='a b' y=\"c # d\" z=e\\ f\n[edge:children]\nrouters\nlater\n[later]\ne1:22\n[routers:vars]\nansible_network_os = cisco.ios.ios\nn=1\nf=1.5\nt=True\nq='quoted'\nzero=007\n"},
		"an INI of another name":  {"hosts.cfg": "[routers]\nr1\n"},
		"undefined children":      {"hosts": "[a:children]\nb\n"},
		"undefined vars":          {"hosts": "[a:vars]\nx=1\n"},
		"vars before the group":   {"hosts": "[a:vars]\nx=1\n[a]\nr1\n"},
		"an odd section":          {"hosts": "[a:host]\nr1\n"},
		"blanks in a section":     {"hosts": "[a b]\nr1\n"},
		"a list without sections": {"hosts": "r1\nr2 x=1\n"},
		"an empty file":           {"hosts": ""},
		"only comments":           {"hosts": "# nothing\n; here\n"},
		"empty YAML":              {"hosts.yml": "---\n"},
		"a list":                  {"hosts.yml": "- r1\n- r2\n"},
		"JSON":                    {"hosts.json": `{"routers": {"hosts": {"r1": {"ansible_host": "192.0.2.1"}}, "vars": {"x": null}}}`},
		"a directory": {
			"hosts/a.yml": "routers: {hosts: {r1: {x: 1}}}\n", "hosts/b": "[routers]\nr2\nr1 x=2\n[edge]\ne1\n", "hosts/group_vars/routers.yml": "y: 1\n", "hosts/host_vars/e1.yml": "y: 2\n",
			"hosts/README.md": "# Inventory\n", "hosts/ansible.cfg": "[defaults]\n", "hosts/old.ini": "[x]\ny\n", "hosts/.hidden": "z\n", "hosts/sub/c.yaml": "more: {hosts: {m1: }}\n", "hosts/sub/group_vars/more.yml": "never: 1\n",
		},
		"a directory with a bad file": {"hosts/a.yml": plain, "hosts/b.yml": "routers: [\n"},
		"group and host of one name":  {"hosts.yml": "core: {hosts: {core: {x: 1}, r2: {x: 2}}, vars: {x: 3}}\n"},
		"ungrouped":                   {"hosts.yml": "ungrouped: {hosts: {r1: , r2: }}\nedge: {hosts: {r1: }}\nall: {hosts: {r3: , r1: }}\n"},
		"a child that is a host":      {"hosts.yml": "a: {hosts: {r1: }, children: {r1: text}}\n"},
		"a group as a text":           {"hosts.yml": "a: text\nb: {hosts: {r1: }}\n"},
		"a child as a text":           {"hosts.yml": "a: {children: {b: text}}\n"},
		"a circle":                    {"hosts.yml": "a: {children: {b: {children: {a: }}}}\n"},
		"numbers for names":           {"hosts.yml": "1: {hosts: {r1: }}\n"},
		"numbers for hosts":           {"hosts.yml": "a: {hosts: {1: }}\n"},
		"YAML 1.1":                    {"hosts.yml": "all: {hosts: {r1: {a: yes, b: off, c: 010, d: 0x1f, e: 1_000, f: 1:30, g: ~, h: 1.5, i: 1e3, j: 1.0e+3, k: '010', l: 0o17, m: 0b11, n: .5, o: 2024-01-02, p: \"yes\", q: 08443, r: N, s: 1.2.3}}}\n"},
		"aliases and merges":          {"hosts.yml": "x: {vars: &v {a: 1, b: 2}}\nall: {hosts: {r1: {<<: *v, b: 3}, r2: {<<: [*v, {a: 9, c: 4}]}}}\n"},
		"ranges":                      {"hosts.yml": "all: {hosts: {'r[1:3]': , 's[a:c]': , 't[01:10:3]x': , 'u[A:C:2]-[1:2]': , 'v[:2]': , 'w[5:1]': , 'x[5:1:-2]': , 'y[x:C]': }}\n"},
		"a range without an end":      {"hosts.yml": "all: {hosts: {'r[1:]': }}\n"},
		"a range of one":              {"hosts.yml": "all: {hosts: {'r[1]': }}\n"},
		"a range backwards":           {"hosts.yml": "all: {hosts: {'r[c:a]': }}\n"},
		"widths that differ":          {"hosts.yml": "all: {hosts: {'r[01:100]': }}\n"},
		"variables of a list":         {"hosts.yml": plain, "group_vars/routers.yml": "- a\n"},
		"empty variables":             {"hosts.yml": plain, "group_vars/routers.yml": "---\n", "host_vars/r1.yml": "# nothing\n"},
		"group_vars as a file":        {"hosts.yml": plain, "group_vars": "x: 1\n"},
		"depth":                       {"hosts.yml": "a: {vars: {x: a}, children: {b: {vars: {x: b}, children: {c: {vars: {x: c}, hosts: {r1: }}}}}}\nz: {vars: {x: z}, hosts: {r1: }}\nd: {vars: {x: d}, children: {c: }}\n"},
	})
}

// Generated inventories: groups in groups, hosts in several, variables everywhere.
func TestGeneratedInventories(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 60
	}
	inventories := map[string]files{}
	for seed := range n {
		g := generator{rand.New(rand.NewPCG(uint64(seed), 1))}
		inventories[fmt.Sprintf("seed %d", seed)] = g.inventory()
	}
	compare(t, inventories)
}

type generator struct{ *rand.Rand }

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) maybe(percent int) bool { return g.IntN(100) < percent }

func (g generator) inventory() files {
	fs := files{}
	switch g.IntN(4) {
	case 0:
		fs["hosts"+g.pick("", ".ini", ".cfg")] = g.ini()
	case 1:
		fs["hosts/a"+g.pick("", ".yml", ".yaml")] = g.yaml()
		fs["hosts/"+g.pick("b", "b.list", "0")] = g.ini()
		if g.maybe(30) {
			fs["hosts/"+g.pick(".hidden", "x~", "x.md", "x.orig", "x.ini", "x.retry", "x.txt.bak")] = "{{ [ nothing"
		}
		if g.maybe(30) {
			fs["hosts/sub/"+g.pick("c", "c.yml", "c.json")] = g.yaml()
		}
		for name, text := range g.vars() {
			fs["hosts/"+name] = text
		}
		return fs
	default:
		fs["hosts"+g.pick("", ".yml", ".yaml", ".json")] = g.yaml()
	}
	for name, text := range g.vars() {
		fs[name] = text
	}
	return fs
}

func (g generator) group() string {
	return g.pick("a", "b", "c", "edge", "core", "all", "ungrouped", "site-1")
}

func (g generator) host() string {
	return g.pick("r1", "r2", "r3", "r[1:3]", "sw[01:03].example.com", "r1:22", "[2001:db8::1]:8443", "192.0.2.1", "core", "ü1", "r[a:c]")
}

func (g generator) variable() (name, value string) {
	return g.pick("x", "y", "ansible_host", "overwatch_port", "ansible_network_os"), g.pick("1", "yes", "8443", "text", "'quoted'", "1.5", "~", "010", "192.0.2.9", "true", "1_0", "No")
}

// yaml writes groups two deep, most of them well.
func (g generator) yaml() string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		fmt.Fprintf(&b, "%s:\n", g.group())
		g.body(&b, "  ", 2)
	}
	return b.String()
}

func (g generator) body(b *strings.Builder, indent string, depth int) {
	if g.maybe(70) {
		fmt.Fprintf(b, "%shosts:\n", indent)
		for range 1 + g.IntN(3) {
			fmt.Fprintf(b, "%s  %q:\n", indent, g.host())
			if g.maybe(50) {
				name, value := g.variable()
				fmt.Fprintf(b, "%s    %s: %s\n", indent, name, value)
			}
		}
	}
	if g.maybe(50) {
		fmt.Fprintf(b, "%svars:\n", indent)
		for range 1 + g.IntN(3) {
			name, value := g.variable()
			fmt.Fprintf(b, "%s  %s: %s\n", indent, name, value)
		}
		if g.maybe(20) {
			fmt.Fprintf(b, "%s  ansible_group_priority: %d\n", indent, g.IntN(5))
		}
	}
	if g.maybe(10) {
		fmt.Fprintf(b, "%s%s\n", indent, g.pick("host: {r9: }", "description: text", "empty:", "list: [a]"))
	}
	if depth > 0 && g.maybe(50) {
		fmt.Fprintf(b, "%schildren:\n", indent)
		for range 1 + g.IntN(2) {
			fmt.Fprintf(b, "%s  %s:\n", indent, g.pick("d", "e", "f", "leaf", "b"))
			if g.maybe(60) {
				g.body(b, indent+"    ", depth-1)
			}
		}
	}
}

func (g generator) ini() string {
	var b strings.Builder
	if g.maybe(50) {
		fmt.Fprintln(&b, g.host())
	}
	for range 1 + g.IntN(4) {
		switch group := g.group(); g.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "[%s:children]\n%s\n", group, g.pick("a", "b", "c", "leaf # comment"))
		case 1:
			name, value := g.variable()
			fmt.Fprintf(&b, "[%s]\n%s\n[%s:vars]\n%s = %s\n", group, g.host(), group, name, value)
		default:
			fmt.Fprintf(&b, "[%s]\n", group)
			for range 1 + g.IntN(3) {
				name, value := g.variable()
				fmt.Fprintf(&b, "%s %s=%s\n", g.host(), name, value)
			}
		}
	}
	if g.maybe(70) {
		fmt.Fprint(&b, "[a]\n[b]\n[c]\n[leaf]\n; end\n")
	}
	return b.String()
}

func (g generator) vars() files {
	fs := files{}
	for range g.IntN(4) {
		name, value := g.variable()
		dir, of := "group_vars/", g.group()
		if g.maybe(40) {
			dir, of = "host_vars/", g.pick("r1", "r2", "sw01.example.com", "core")
		}
		path := dir + of + g.pick("", ".yml", ".yaml", ".json", "/x", "/x.yml", "/deep/y.yml", "/.x.yml.swp", "/README.md", "/x.yml~", "/deep.d/y.yml")
		fs[path] = fmt.Sprintf("%s: %s\n", name, value)
	}
	for path := range fs { // a file can't be a directory as well
		for other := range fs {
			if strings.HasPrefix(other, path+"/") {
				delete(fs, other)
			}
		}
	}
	return fs
}
