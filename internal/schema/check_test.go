package schema_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"overwatch/internal/query"
	"overwatch/internal/schema"
	"overwatch/templates"
)

// vendorModules are the vendor's own modules, which aren't ours to keep here.
func vendorModules(t *testing.T) *schema.Schema {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") == "true" {
		missing = t.Fatalf
	}
	shared := os.Getenv("OVERWATCH_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	modules, err := schema.Load(filepath.Join(shared, "yang"))
	if err != nil {
		missing("no YANG files; name the directory above yang/ in OVERWATCH_SHARED: %v", err)
	}
	return modules
}

func TestBuiltInTemplatesFitTheModules(t *testing.T) {
	modules := vendorModules(t)
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = modules.CheckTemplates(catalog, nil)
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		if m := absent.FindStringSubmatch(line); m == nil || !slices.Contains(elsewhere, m[1]) {
			t.Error(line)
		}
	}
}

var absent = regexp.MustCompile(`module (\S+) isn't in `)

// elsewhere are modules that aren't beside the project. What templates name of them was looked up in the
// releases that Cisco publishes.
var elsewhere = []string{
	"cisco-smart-license", "ietf-hardware", "Cisco-IOS-XE-aaa-oper", "Cisco-IOS-XE-crypto-oper", "Cisco-IOS-XE-crypto-pki-oper", "Cisco-IOS-XE-eigrp-oper", "Cisco-IOS-XE-ha-oper",
	"Cisco-IOS-XE-identity-oper", "Cisco-IOS-XE-psecure-oper", "Cisco-IOS-XE-switchport-oper", "ietf-system", "Cisco-IOS-XE-ipv6-oper", "Cisco-IOS-XE-isis-oper", "Cisco-IOS-XE-lacp-oper",
	"Cisco-IOS-XE-mpls-ldp-oper", "Cisco-IOS-XE-mroute-oper", "Cisco-IOS-XE-nat-oper", "Cisco-IOS-XE-pim-oper", "Cisco-IOS-XE-tunnel-oper",
	"Cisco-IOS-XE-wireless-access-point-oper", "Cisco-IOS-XE-wireless-client-oper",
}

// Whatever is damaged in a template, the check points at its line, or at that of what it belongs to (at).
func TestDamageIsFound(t *testing.T) {
	modules := vendorModules(t)
	for name, c := range map[string]struct{ file, old, damaged, want, at string }{
		"a fact's leaf":        {"bgp.yaml", "from: session-state", "from: session-stat", `ios-xe: fact "State": Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors/neighbor has no "session-stat"; did you mean "session-state"?`, "title: State"},
		"a field":              {"bgp.yaml", "neighbor-id;", "neighbour-id;", `ios-xe: fields: Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors/neighbor has no "neighbour-id"; did you mean "neighbor-id"?`, "get: Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors"},
		"a path":               {"cdp.yaml", "oper:cdp-neighbor-details", "oper:cdp-neighbors", `ios-xe: get: module Cisco-IOS-XE-cdp-oper has no "cdp-neighbors"`, ""},
		"a module":             {"cdp.yaml", "Cisco-IOS-XE-cdp-oper:", "Cisco-IOS-XE-cpd-oper:", "ios-xe: get: module Cisco-IOS-XE-cpd-oper isn't in ", ""},
		"a row path":           {"mac.yaml", "rows: matm-table/matm-mac-entry", "rows: matm-table/mac-entry", `ios-xe: rows: Cisco-IOS-XE-matm-oper:matm-oper-data/matm-table has no "mac-entry"`, "get: Cisco-IOS-XE-matm-oper:matm-oper-data"},
		"a leaf of a prefix":   {"route.yaml", "{destination-prefix: address}", "{destination: address}", `ios-xe: ietf-routing:routing-state/routing-instance/ribs/rib/routes/route has no "destination"`, "get: ietf-routing:routing-state/routing-instance={vrf}/ribs/"},
		"a leaf to sort by":    {"processes.yaml", "by: five-minutes", "by: ten-minutes", `ios-xe: Cisco-IOS-XE-process-cpu-oper:cpu-usage/cpu-utilization/cpu-usage-processes/cpu-usage-process has no "ten-minutes"`, "get: Cisco-IOS-XE-process-cpu-oper:"},
		"a joined leaf":        {"vrf.yaml", "{name: vrf-name}", "{name: vrfname}", `ios-xe: Cisco-IOS-XE-vrf-oper:vrf-oper-data/vrf-entry has no "vrfname"; did you mean "vrf-name"?`, "get: Cisco-IOS-XE-vrf-oper:"},
		"a leaf for a mask":    {"interfaces.yaml", "mask:ipv4-subnet-mask", "mask:ipv4-mask", `ios-xe: fact "Address": Cisco-IOS-XE-interfaces-oper:interfaces/interface has no "ipv4-mask"`, ""},
		"a name in a keep":     {"errors.yaml", `."in-crc-errors"`, `."crc-errors"`, `ios-xe: keep: nothing below a row is called "crc-errors"`, "get: Cisco-IOS-XE-interfaces-oper:interfaces"},
		"a name in a jq":       {"stp.yaml", `."bridge-address" == ."d`, `."bridge" == ."d`, `ios-xe: fact "Role": nothing below a row is called "bridge"`, "title: Role"},
		"a key":                {"port.yaml", "/interface={name}\n    facts", "/interface={name},1\n    facts", "ios-xe: get: Cisco-IOS-XE-interfaces-oper:interfaces/interface has 1 keys (name), not 2", ""},
		"a standard leaf":      {"lldp.yaml", "from: port-description", "from: port-descr", `openconfig: fact "Port description": `, ""},
		"a prefix in a filter": {"arp.yaml", "ietf-ip:ipv4/neighbor", "ipv4/neighbor", "ietf: fields: ietf-interfaces:interfaces-state/interface/ipv4 is a node of another module than what it stands in: write ietf-ip:ipv4", "get: ietf-interfaces:interfaces-state"},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := fs.ReadFile(templates.Files, c.file)
			if err != nil {
				t.Fatal(err)
			}
			before, after, found := bytes.Cut(src, []byte(c.old))
			if !found {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			damaged := slices.Concat(before, []byte(c.damaged), after)
			above, _, _ := bytes.Cut(src, []byte(cmp.Or(c.at, c.old)))
			want := fmt.Sprintf("templates/%s:%d: %s", c.file, bytes.Count(above, []byte("\n"))+1, c.want)
			one, err := query.Compile("templates/"+c.file, damaged)
			if err != nil {
				t.Fatal(err)
			}
			all, err := query.Load(templates.Files, nil)
			if err != nil {
				t.Fatal(err)
			}
			if all, err = all.With(one); err != nil {
				t.Fatal(err)
			}
			err = modules.CheckTemplates(all, nil)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestPlatformsOfTheCheck(t *testing.T) {
	catalog, err := query.Load(fstest.MapFS{"a.yaml": {Data: []byte("title: A\nwords: [a]\nplatforms: {odd: {requests: [{get: 'nowhere:a'}], facts: [{title: A, from: a}]}}\n")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	modules := vendorModules(t)
	if err := modules.CheckTemplates(catalog, []string{"ios-xe"}); err != nil {
		t.Errorf("a platform that wasn't named: %v", err)
	}
	if err := modules.CheckTemplates(catalog, []string{"odd"}); err == nil {
		t.Error("the platform that was named passes")
	}
}

// A module on which goyang panics is named, and the rest is checked: also what the module would have extended.
func TestModulesThatCantBeUsed(t *testing.T) {
	dir := t.TempDir()
	for name, src := range map[string]string{
		"base": `module base { namespace "urn:base"; prefix b; container top { leaf name { type string; } } }`,
		"odd":  `module odd { namespace "urn:odd"; prefix o; import base { prefix b; } augment /b:top/b:name { leaf x { type string; } } container here { leaf x { type string; } } }`,
		"fine": `module fine { namespace "urn:fine"; prefix f; import base { prefix b; } augment /b:top { leaf extra { type string; } } }`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".yang"), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := schema.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := query.Load(fstest.MapFS{
		"a.yaml": {Data: []byte("title: A\nwords: [a]\nplatforms: {p: {requests: [{get: 'odd:here'}], facts: [{title: X, from: x}]}}\n")},
		"b.yaml": {Data: []byte("title: B\nwords: [b]\nplatforms: {p: {requests: [{get: 'base:top'}], facts: [{title: N, from: name}, {title: E, from: extra}, {title: M, from: nam}]}}\n")},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = modules.CheckTemplates(catalog, nil)
	for _, want := range []string{
		"a.yaml:3: p: get: " + filepath.Join(dir, "odd.yang") + " can't be used: goyang fails on it: ",
		`b.yaml:3: p: fact "M": base:top has no "nam"; did you mean "name"?`,
		filepath.Join(dir, "odd.yang") + ": what it adds isn't known: goyang fails on it: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if err != nil && strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got more than that: %v", err)
	}
}

// A leaf of a list around the row may have the name of the list in front.
func TestLeavesOfNamedLists(t *testing.T) {
	modules := small(t)
	for leaf, want := range map[string]string{
		"outer/name": "", "leafy/x": "", "x": "", "name": "",
		"inner/x":             `base:outer/inner has no "x"`,
		"outer/nam":           `base:outer has no "nam"; did you mean "name"?`,
		"other/name":          `base:outer/inner/leafy has no "other"`,
		"outer/inner/leafy/x": "outer/inner/leafy/x: a row sees only the leaves of outer itself",
	} {
		catalog, err := query.Load(fstest.MapFS{"a.yaml": {Data: []byte("title: A\nwords: [a]\nplatforms: {p: {requests: [{get: 'base:outer', rows: inner/leafy}], facts: [{title: X, from: " + leaf + "}]}}\n")}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = modules.CheckTemplates(catalog, nil)
		if want != "" {
			want = `templates/a.yaml:3: p: fact "X": ` + want
		}
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: got %v, want %s", leaf, err, want)
		}
	}
}
