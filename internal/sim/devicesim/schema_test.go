package devicesim_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

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
		for module, top := range map[string]string{
			"Cisco-IOS-XE-native":               "native",
			"Cisco-IOS-XE-interfaces-oper":      "interfaces",
			"ietf-interfaces":                   "interfaces-state",
			"Cisco-IOS-XE-device-hardware-oper": "device-hardware-data",
			"Cisco-IOS-XE-bgp-oper":             "bgp-state-data",
			"Cisco-IOS-XE-arp-oper":             "arp-data",
			"Cisco-IOS-XE-vrf-oper":             "vrf-oper-data",
			"Cisco-IOS-XE-process-cpu-oper":     "cpu-usage",
			"Cisco-IOS-XE-memory-oper":          "memory-statistics",
			"Cisco-IOS-XE-cdp-oper":             "cdp-neighbor-details",
			"Cisco-IOS-XE-lldp-oper":            "lldp-entries",
			"Cisco-IOS-XE-vlan-oper":            "vlans",
		} {
			t.Run(d.Name+"/"+module, func(t *testing.T) {
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
				args := []string{"-p", yang, "-t", "get", filepath.Join(yang, module+".yang")}
				if module == "ietf-interfaces" {
					args = append(args, filepath.Join(yang, "iana-if-type.yang")) // the identities of the type
				}
				out, err := exec.CommandContext(t.Context(), yanglint, append(args, file)...).CombinedOutput()
				if err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}
