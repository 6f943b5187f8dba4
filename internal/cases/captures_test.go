package cases_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"overwatch/internal/cases"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
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

// What real devices answered gives the facts that an engineer expects.
func TestCaptures(t *testing.T) {
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		capture, platform, resource string
		query                       string // and its input
		rows                        int
		want, never                 string // parts of the text, with | between them
	}{
		{"public/c9300-17.15.6-lldp", "ios-xe", "Cisco-IOS-XE-lldp-oper:lldp-entries", "lldp", 2, "Neighbor: c092.2a31.3508; Here: TwoGigabitEthernet1/0/1; There: MGI10", "Address:|Not Advertised|—"},
		{"public/c9300-17.15.6-environment", "ios-xe", "Cisco-IOS-XE-environment-oper:environment-sensors", "environment", 5, "Reading: 28; Unit: °C|Sensor: FAN - T1 1; State: Norm; (Good) Place: Switch 1; \n|Sensor: Power Supply B; State: Shut; (Warning)", "rpm|watts|Reading: 0"},
		{"public/c9300-17.15.6-interface-trunk", "ios-xe", "Cisco-IOS-XE-interfaces-oper:interfaces/interface=TenGigabitEthernet1%2F0%2F48", "port TenGigabitEthernet1/0/48", 1, "State: up|Speed: 2.5 Gbit/s|Duplex: full|Medium: rj45|Sending: 2 kbit/s|Sent: 2.6 MB|Output drops: 0", ""},
		{"public/c9300-17.15.6-device-hardware", "ios-xe", "Cisco-IOS-XE-device-hardware-oper:device-hardware-data", "version", 1, "Version: 17.15.6|Model: C9300-48UXM|Serial number: FOC8704M57A|Uptime: 59m|Reload reason: Image Install|Unsaved changes: no", ""},
		{"public/c9300-17.15.6-device-hardware", "ios-xe", "Cisco-IOS-XE-device-hardware-oper:device-hardware-data", "inventory", 4, "Part: Switch 1; Kind: chassis; Part number: C9300-48UXM; Serial number: FOC8704M57A", ""},
		{"public/c9300-17.15.6-lacp", "ios-xe", "Cisco-IOS-XE-lacp-oper:lag-oper-data", "etherchannel", 1, "Port-channel1|State: down; (Attention)|2|0", ""},
		{"public/c9300-17.15.6-lacp", "ios-xe", "Cisco-IOS-XE-lacp-oper:lag-oper-data", "lacp-members", 2, "TwoGigabitEthernet1/0/22|TwoGigabitEthernet1/0/23|down; (Attention)", ""},
		{"public/c9300-17.15.6-smart-license", "ios-xe", "cisco-smart-license:licensing/state/state-info", "license", 1, "License: C9300-48 Network Essentials; |In use: 1; Name: network-essentials", ""},
		{"public/c9300-17.15.6-vrrp", "ios-xe", "Cisco-IOS-XE-vrrp-oper:vrrp-oper-data", "vrrp", 1, "Interface: Vlan4; State: master; (Good) Group: 4; Virtual address: 198.18.4.1|Priority: 110", ""},
		{"public/csr1000v-17.3-native-route-vrf", "ios-xe", "Cisco-IOS-XE-native:native", "static", 1, "Prefix: 0.0.0.0/0; Next hop: 192.0.2.254; Interface: GigabitEthernet1", ""},
		{"public/csr1000v-17.3-native-route-vrf", "ios-xe", "Cisco-IOS-XE-native:native", "vrf", 4, "RD: |Address families: ipv4", ""},
		{"public/arista-eos-interfaces", "openconfig", "openconfig-interfaces:interfaces", "interfaces", 2, "Interface: Ethernet1; State: up; (Good) Admin: up|MTU: default", ""},
		{"public/arista-eos-interfaces", "openconfig", "openconfig-interfaces:interfaces", "errors", 0, "No interface has errors", "Can't tell"},
		{"public/arista-eos-interface-Ethernet1", "openconfig", "openconfig-interfaces:interfaces/interface=Ethernet1", "port Ethernet1", 1, "Interface: Ethernet1; State: up|Received: 116.6 kB", ""},
		{"c9300-17.18.2/cpu-utilization", "ios-xe", "Cisco-IOS-XE-process-cpu-oper:cpu-usage/cpu-utilization", "cpu", 1, "Five minutes: 1 %", ""},
		{"c9300-17.18.2/memory-statistics", "ios-xe", "Cisco-IOS-XE-memory-oper:memory-statistics", "memory", 3, "Pool: Processor; Used: 31.5 %", ""},
		{"c9300-17.18.2/environment-sensors", "ios-xe", "Cisco-IOS-XE-environment-oper:environment-sensors", "environment", 4, "Reading: 40; Unit: °C", "rpm"},
		{"c9300-17.18.2/vlans", "ios-xe", "Cisco-IOS-XE-vlan-oper:vlans", "vlans", 9, "VLAN: 1; State: active; (Good) Name: default", ""},
		{"c9300-17.18.2/cdp-neighbor-details", "ios-xe", "Cisco-IOS-XE-cdp-oper:cdp-neighbor-details", "cdp", 2, "Here: TenGigabitEthernet1/0/13; There: GigabitEthernet0/0|Native VLAN: 1; Duplex: full", "Native VLAN: 0"},
		{"c9300-17.18.2/device-hardware", "ios-xe", "Cisco-IOS-XE-device-hardware-oper:device-hardware-data/device-hardware", "inventory", 6, "Part: Switch 1; Kind: chassis", ""},
		{"c9300-17.18.2/transceiver-oper-data", "ios-xe", "Cisco-IOS-XE-transceiver-oper:transceiver-oper-data", "optics", 1, "Kind: 1000BaseSX SFP", ""},
		{"c9300-17.18.2/ntp-status-info", "ios-xe", "Cisco-IOS-XE-ntp-oper:ntp-oper-data/ntp-status-info", "ntp", 1, "State: rejected|Stratum here: 16", ""},
		{"c9300-17.18.2/ospf-inactive", "ios-xe", "Cisco-IOS-XE-ospf-oper:ospf-oper-data", "ospf", 0, "No OSPF neighbors.", "Can't tell"},
		{"c9300-17.18.2/stp-details", "ios-xe", "Cisco-IOS-XE-spanning-tree-oper:stp-details", "stp", 2, "Root port: TenGigabitEthernet1/0/1;|Root priority: 32769", ""},
		{"c9300-17.18.2/stack-oper-data", "ios-xe", "Cisco-IOS-XE-stack-oper:stack-oper-data", "stack", 1, "State: ready; (Good) Role: active; Priority: 1; Ring: standalone", ""},
		{"c9300-17.18.2/poe-port-detail", "ios-xe", "Cisco-IOS-XE-poe-oper:poe-oper-data", "poe", 1, "Allocated: 30.0 W; Draws: 10.89 W; Limit: 60.0 W", ""},
		{"arp-data-2024-router", "ios-xe", "Cisco-IOS-XE-arp-oper:arp-data", "arp", 4, "Interface: GigabitEthernet1.20; VRF: Default; Kind: interface", ""},
	} {
		t.Run(c.capture+" "+c.query, func(t *testing.T) {
			name, input, _ := strings.Cut(c.query, " ")
			template, ok := catalog.Get(name)
			if !ok {
				t.Fatalf("there is no query %s", name)
			}
			run := query.Run{Template: template, Device: inventory.Device{Name: "r1", Platform: c.platform}, Values: form.Values{"name": input, "vrf": "default"}}
			facts, rows := run.Facts(), 0
			var text strings.Builder
			device := recorded{t, c.resource, captured(t, c.capture)}
			ending, err := query.NewRunner(device, func() time.Time { return cases.Now }).Stream(t.Context(), run, func(row []query.Cell) error {
				rows++
				for i, cell := range row {
					if cell.Text != "" {
						fmt.Fprintf(&text, "%s: %s; ", facts[i].Title, cell.Text)
					}
					if cell.Colour != query.Plain && cell.Colour != "" {
						fmt.Fprintf(&text, "(%s) ", cell.Colour)
					}
				}
				text.WriteByte('\n')
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(ending.Sentence())
			if rows != c.rows {
				t.Errorf("%d rows, want %d", rows, c.rows)
			}
			for want := range strings.SplitSeq(c.want, "|") {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in %s", want, text.String())
				}
			}
			for never := range strings.SplitSeq(c.never, "|") {
				if never != "" && strings.Contains(text.String(), never) {
					t.Errorf("%q is in %s", never, text.String())
				}
			}
		})
	}
}

// recorded is a device that has one recorded response.
type recorded struct {
	t        *testing.T
	resource string
	body     []byte
}

// Turn implements query.Fetcher.
func (recorded) Turn(context.Context, inventory.Device) (func(), error) { return func() {}, nil }

// Fetch implements query.Fetcher.
func (r recorded) Fetch(_ context.Context, _ inventory.Device, path, _ string) (io.ReadCloser, error) {
	response := node(r.t, r.resource, r.body, path)
	if response == nil {
		return nil, &fault.Error{Kind: fault.NotFound, Message: "nothing there"}
	}
	return io.NopCloser(bytes.NewReader(response)), nil
}
