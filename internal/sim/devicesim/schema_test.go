package devicesim_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tops are the nodes at the top of each module, by platform.
var tops = map[string]map[string]string{
	"ios-xe": {
		"Cisco-IOS-XE-native":                 "native",
		"Cisco-IOS-XE-interfaces-oper":        "interfaces",
		"ietf-interfaces":                     "interfaces-state",
		"ietf-netconf-monitoring":             "netconf-state",
		"Cisco-IOS-XE-device-hardware-oper":   "device-hardware-data",
		"Cisco-IOS-XE-bgp-oper":               "bgp-state-data",
		"Cisco-IOS-XE-arp-oper":               "arp-data",
		"Cisco-IOS-XE-vrf-oper":               "vrf-oper-data",
		"Cisco-IOS-XE-process-cpu-oper":       "cpu-usage",
		"Cisco-IOS-XE-memory-oper":            "memory-statistics",
		"Cisco-IOS-XE-cdp-oper":               "cdp-neighbor-details",
		"Cisco-IOS-XE-lldp-oper":              "lldp-entries",
		"Cisco-IOS-XE-vlan-oper":              "vlans",
		"Cisco-IOS-XE-ospf-oper":              "ospf-oper-data",
		"ietf-routing":                        "routing-state",
		"Cisco-IOS-XE-hsrp-oper":              "hsrp-oper-data",
		"Cisco-IOS-XE-platform-software-oper": "cisco-platform-software",
		"Cisco-IOS-XE-install-oper":           "install-oper-data",
		"Cisco-IOS-XE-fib-oper":               "fib-oper-data",
		"Cisco-IOS-XE-vrrp-oper":              "vrrp-oper-data",
		"Cisco-IOS-XE-bfd-oper":               "bfd-state",
		"Cisco-IOS-XE-matm-oper":              "matm-oper-data",
		"Cisco-IOS-XE-spanning-tree-oper":     "stp-details",
		"Cisco-IOS-XE-poe-oper":               "poe-oper-data",
		"Cisco-IOS-XE-stack-oper":             "stack-oper-data",
		"Cisco-IOS-XE-environment-oper":       "environment-sensors",
		"Cisco-IOS-XE-transceiver-oper":       "transceiver-oper-data",
		"Cisco-IOS-XE-ntp-oper":               "ntp-oper-data",
		"Cisco-IOS-XE-ip-sla-oper":            "ip-sla-stats",
		"Cisco-IOS-XE-acl-oper":               "access-lists",
		"Cisco-IOS-XE-dhcp-oper":              "dhcp-oper-data",
	},
	"openconfig": {
		"openconfig-interfaces":       "interfaces",
		"openconfig-network-instance": "network-instances",
		"openconfig-lldp":             "lldp",
		"openconfig-platform":         "components",
		"openconfig-system":           "system",
	},
}

// beside are modules whose identities and nodes the data of another has.
var beside = map[string][]string{
	"ietf-interfaces":             {"iana-if-type"},
	"ietf-routing":                {"ietf-ipv4-unicast-routing", "ietf-ospf", "cisco-routing-ext"},
	"openconfig-interfaces":       {"iana-if-type", "openconfig-if-ip"},
	"openconfig-network-instance": {"openconfig-policy-types", "openconfig-network-instance-types"},
	"openconfig-platform":         {"openconfig-platform-types"},
}

// The data of every device keeps to Cisco's own YANG, says a validator that isn't ours.
func TestDataIsValid(t *testing.T) {
	missing := t.Skipf
	if os.Getenv("CI") == "true" {
		missing = t.Fatalf
	}
	yanglint, err := exec.LookPath("yanglint")
	if err != nil {
		missing("yanglint isn't installed (the package libyang2-tools): %v", err)
	}
	shared := os.Getenv("OVERWATCH_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	yang := filepath.Join(shared, "yang")
	if _, err := os.Stat(yang); err != nil {
		missing("no YANG files; name the directory above yang/ in OVERWATCH_SHARED: %v", err)
	}
	l := start(t)
	for _, d := range l.Devices() {
		if d.Name == "down1" || d.Name == "locked1" {
			continue
		}
		for module, top := range tops[d.Platform] {
			t.Run(d.Name+"/"+module, func(t *testing.T) {
				t.Parallel()
				got := l.get(d.Name, "/restconf/data/"+module+":"+top)
				if got.StatusCode == 204 {
					return // nothing there, so nothing wrong
				}
				if got.StatusCode != 200 {
					t.Fatalf("got %d %s", got.StatusCode, got.text)
				}
				file := filepath.Join(t.TempDir(), "answer.json")
				if err := os.WriteFile(file, []byte(got.text), 0o600); err != nil {
					t.Fatal(err)
				}
				path, args := yang, []string{}
				if d.Platform == "openconfig" {
					path, args = filepath.Join(yang, "openconfig-public"), []string{"-i"} // what is imported counts as well
				}
				args = append(args, "-p", path, "-t", "get")
				for _, m := range append([]string{module}, beside[module]...) {
					args = append(args, filepath.Join(path, m+".yang"))
				}
				out, err := exec.CommandContext(t.Context(), yanglint, append(args, file)...).CombinedOutput()
				if err != nil {
					t.Errorf("%v: %s", err, errorsOf(out))
				}
			})
		}
	}
}

// errorsOf leaves out the many warnings that some modules are worth.
func errorsOf(out []byte) string {
	var lines []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "libyang warn") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
