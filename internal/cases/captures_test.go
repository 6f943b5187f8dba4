package cases_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"overwatch/cards"
	"overwatch/internal/cases"
	"overwatch/internal/query"
	"overwatch/templates"
)

// captured returns the response of a real device, which isn't ours to keep here: it lies in captures/public/ of
// a directory beside the repository, or of the one that OVERWATCH_SHARED names.
func captured(t *testing.T, name string) []byte {
	t.Helper()
	shared := os.Getenv("OVERWATCH_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	body, err := os.ReadFile(filepath.Join(shared, "captures", name+".json"))
	if err != nil {
		t.Skipf("no responses of real devices; name the directory above captures/ in OVERWATCH_SHARED: %v", err)
	}
	return body
}

// node returns what a device that answers a GET of resource with body answers one of path, which is the same
// or below; nil if it has nothing there.
func node(t *testing.T, resource string, body []byte, path string) []byte {
	t.Helper()
	below, ok := strings.CutPrefix(path+"/", resource+"/")
	if !ok || below == "" {
		if ok {
			return body
		}
		return nil
	}
	var outer map[string]any
	if err := json.Unmarshal(body, &outer); err != nil || len(outer) != 1 {
		t.Fatalf("%s: %d members, %v", resource, len(outer), err)
	}
	last := ""
	var value any
	for last, value = range outer {
	}
	module, _, _ := strings.Cut(last, ":")
	for step := range strings.SplitSeq(strings.TrimSuffix(below, "/"), "/") {
		members, _ := value.(map[string]any)
		if value, ok = members[step]; !ok {
			return nil
		}
		last = module + ":" + step
	}
	response, err := json.Marshal(map[string]any{last: value})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// What real devices answered gives the card that an engineer expects.
func TestCaptures(t *testing.T) {
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		capture, platform, resource string
		ask                         string
		rows                        int
		want, never                 string // parts of the text, with | between them
	}{
		{"public/c9300-17.15.6-lldp", "ios-xe", "Cisco-IOS-XE-lldp-oper:lldp-entries", "lldp r1", 2, "**c092.2a31.3508**: Here: TwoGigabitEthernet1/0/1; There: MGI10", "Address:|Not Advertised|—"},
		{"public/c9300-17.15.6-environment", "ios-xe", "Cisco-IOS-XE-environment-oper:environment-sensors", "environment r1", 5, "Reading: 28; Unit: °C|**FAN - T1 1**: State: Norm; Place: Switch 1\n|**Power Supply B**: State: Shut", "rpm|watts|Reading: 0"},
		{"public/c9300-17.15.6-interface-trunk", "ios-xe", "Cisco-IOS-XE-interfaces-oper:interfaces/interface=TenGigabitEthernet1%2F0%2F48", "port Te1/0/48 r1", 1, "State: up|Speed: 2.5 Gbit/s|Duplex: full|Medium: rj45|Sending: 2 kbit/s|Sent: 2.6 MB|Output drops: 0", ""},
		{"public/c9300-17.15.6-device-hardware", "ios-xe", "Cisco-IOS-XE-device-hardware-oper:device-hardware-data", "version r1", 1, "Version: 17.15.6|Model: C9300-48UXM|Serial number: FOC8704M57A|Uptime: 59m|Reload reason: Image Install|Unsaved changes: no", ""},
		{"public/c9300-17.15.6-device-hardware", "ios-xe", "Cisco-IOS-XE-device-hardware-oper:device-hardware-data", "inventory r1", 4, "**Switch 1**: Kind: chassis; Part number: C9300-48UXM; Serial number: FOC8704M57A", ""},
		{"public/c9300-17.15.6-vrrp", "ios-xe", "Cisco-IOS-XE-vrrp-oper:vrrp-oper-data", "vrrp r1", 1, "**Vlan4**: State: master; Group: 4; Virtual address: 198.18.4.1|Priority: 110", ""},
		{"public/csr1000v-17.3-native-route-vrf", "ios-xe", "Cisco-IOS-XE-native:native", "static r1", 1, "**0.0.0.0/0**: Next hop: 192.0.2.254; Interface: GigabitEthernet1", ""},
		{"public/csr1000v-17.3-native-route-vrf", "ios-xe", "Cisco-IOS-XE-native:native", "vrf r1", 4, "RD: |Address families: ipv4", ""},
		{"public/arista-eos-interfaces", "openconfig", "openconfig-interfaces:interfaces", "interfaces r1", 2, "**Ethernet1**: State: up; Admin: up|MTU: default", ""},
		{"public/arista-eos-interfaces", "openconfig", "openconfig-interfaces:interfaces", "errors r1", 0, "No interface has errors", "Can't tell"},
		{"public/arista-eos-interface-Ethernet1", "openconfig", "openconfig-interfaces:interfaces/interface=Ethernet1", "port Ethernet1 r1", 1, "**Ethernet1**: State: up|Received: 116.6 kB", ""},
		{"c9300-17.18.2/cpu-utilization", "ios-xe", "Cisco-IOS-XE-process-cpu-oper:cpu-usage/cpu-utilization", "cpu r1", 1, "Five minutes: 1 %", ""},
		{"c9300-17.18.2/memory-statistics", "ios-xe", "Cisco-IOS-XE-memory-oper:memory-statistics", "memory r1", 3, "**Processor**: Used: 31.5 %", ""},
		{"c9300-17.18.2/environment-sensors", "ios-xe", "Cisco-IOS-XE-environment-oper:environment-sensors", "environment r1", 4, "Reading: 40; Unit: °C", "rpm"},
		{"c9300-17.18.2/vlans", "ios-xe", "Cisco-IOS-XE-vlan-oper:vlans", "vlan r1", 9, "**1**: State: active; Name: default", ""},
		{"c9300-17.18.2/cdp-neighbor-details", "ios-xe", "Cisco-IOS-XE-cdp-oper:cdp-neighbor-details", "cdp r1", 2, "Here: TenGigabitEthernet1/0/13; There: GigabitEthernet0/0|Native VLAN: 1; Duplex: full", "Native VLAN: 0"},
		{"c9300-17.18.2/device-hardware", "ios-xe", "Cisco-IOS-XE-device-hardware-oper:device-hardware-data/device-hardware", "inventory r1", 6, "**Switch 1**: Kind: chassis", ""},
		{"c9300-17.18.2/transceiver-oper-data", "ios-xe", "Cisco-IOS-XE-transceiver-oper:transceiver-oper-data", "optics r1", 1, "Kind: 1000BaseSX SFP", ""},
		{"c9300-17.18.2/ntp-status-info", "ios-xe", "Cisco-IOS-XE-ntp-oper:ntp-oper-data/ntp-status-info", "ntp r1", 1, "State: rejected|Stratum here: 16", ""},
		{"c9300-17.18.2/ospf-inactive", "ios-xe", "Cisco-IOS-XE-ospf-oper:ospf-oper-data", "ospf r1", 0, "No OSPF neighbors.", "Can't tell"},
		{"c9300-17.18.2/stp-details", "ios-xe", "Cisco-IOS-XE-spanning-tree-oper:stp-details", "stp r1", 2, "Root port: TenGigabitEthernet1/0/1;|Root priority: 32769", ""},
		{"c9300-17.18.2/stack-oper-data", "ios-xe", "Cisco-IOS-XE-stack-oper:stack-oper-data", "stack r1", 1, "State: ready; Role: active; Priority: 1; Ring: standalone", ""},
		{"c9300-17.18.2/poe-port-detail", "ios-xe", "Cisco-IOS-XE-poe-oper:poe-oper-data", "poe r1", 1, "Allocated: 30.0 W; Draws: 10.89 W; Limit: 60.0 W", ""},
		{"arp-data-2024-router", "ios-xe", "Cisco-IOS-XE-arp-oper:arp-data", "arp r1", 4, "Interface: GigabitEthernet1.20; VRF: Default; Kind: interface", ""},
	} {
		t.Run(c.capture+" "+c.ask, func(t *testing.T) {
			body := captured(t, c.capture)
			part := func(name, data string) txtar.File { return txtar.File{Name: name, Data: []byte(data)} }
			file := &txtar.Archive{Files: []txtar.File{part("ask", c.ask), part("platform", c.platform), part("card", "")}}
			run := func() (asked, text, card string) {
				out, err := cases.Run(t.Context(), txtar.Format(file), catalog, set)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range txtar.Parse(out).Files {
					switch f.Name {
					case "asked":
						asked = string(f.Data)
					case "text":
						text = string(f.Data)
					case "card":
						card = string(f.Data)
					}
				}
				return asked, text, card
			}
			asked, _, _ := run() // which tells what the device is asked
			for request := range strings.Lines(asked) {
				request = strings.TrimSpace(request)
				path, _, _ := strings.Cut(strings.TrimPrefix(request, "GET "), "?")
				if response := node(t, c.resource, body, path); response != nil {
					file.Files = append(file.Files, txtar.File{Name: request, Data: response})
				}
			}
			_, text, card := run()
			if got := strings.Count(text, "\n- "); got != c.rows {
				t.Errorf("%d rows, want %d", got, c.rows)
			}
			for want := range strings.SplitSeq(c.want, "|") {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in %s", want, text)
				}
			}
			for never := range strings.SplitSeq(c.never, "|") {
				if never != "" && strings.Contains(text, never) {
					t.Errorf("%q is in %s", never, text)
				}
			}
			if !json.Valid([]byte(card)) {
				t.Errorf("the card is %s", card)
			}
		})
	}
}
