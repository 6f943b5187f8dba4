package ifname_test

import (
	"testing"

	"overwatch/internal/ifname"
)

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"GigabitEthernet1":        "GigabitEthernet1",
		"gigabitethernet 1":       "GigabitEthernet1",
		"Gi1/0/1":                 "GigabitEthernet1/0/1",
		"gi 1/0/1":                "GigabitEthernet1/0/1",
		"g1":                      "GigabitEthernet1",
		"GI0/0/0.100":             "GigabitEthernet0/0/0.100",
		"te1/1/1":                 "TenGigabitEthernet1/1/1",
		"Tw1/0/1":                 "TwoGigabitEthernet1/0/1",
		"Twe1/0/1":                "TwentyFiveGigE1/0/1",
		"fo1/1/1":                 "FortyGigabitEthernet1/1/1",
		"Hu1/0/49":                "HundredGigE1/0/49",
		"fa0":                     "FastEthernet0",
		"lo0":                     "Loopback0",
		"Loopback 10":             "Loopback10",
		"vlan3":                   "Vlan3",
		"VLAN 3":                  "Vlan3",
		"po12":                    "Port-channel12",
		"port-channel 12":         "Port-channel12",
		"tu100":                   "Tunnel100",
		"se0/1/0:15":              "Serial0/1/0:15",
		"nve1":                    "NVE1",
		"bdi7":                    "BDI7",
		"ethernet-1/1":            "",
		"mgmt0":                   "",
		"r1":                      "",
		"10.1.2.3":                "",
		"Gi":                      "",
		"1/0/1":                   "",
		"":                        "",
		"core1":                   "",
		"Gi1/0/1 extra":           "",
		"AppGigabitEthernet1/0/1": "AppGigabitEthernet1/0/1",
	} {
		got, ok := ifname.Canonical(text)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"gi1/0/1", "GigabitEthernet1/0/1", true}, {"Gi1/0/1", "Gi1/0/10", false}, {"mgmt", "MGMT", true}, {"x1", "y1", false}, {"", "Gi1", false},
	} {
		if got := ifname.Same(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func TestShort(t *testing.T) {
	for text, want := range map[string]string{
		"GigabitEthernet1/0/24": "Gi1/0/24", "TenGigabitEthernet1/1/1.100": "Te1/1/1.100", "TwentyFiveGigE1/0/1": "Twe1/0/1", "TwoGigabitEthernet1/0/1": "Tw1/0/1",
		"TwoHundredGigE1/0/1": "TwoH1/0/1", "Port-channel10": "Po10", "Vlan20": "Vl20", "Loopback0": "Lo0", "HundredGigE1/0/1": "Hu1/0/1",
		"gi1/0/1": "gi1/0/1", "GigabitEthernet 1": "GigabitEthernet 1", "r1": "r1", "": "", "uplink": "uplink", "ge-0/0/1": "ge-0/0/1",
	} {
		if got := ifname.Short(text); got != want {
			t.Errorf("Short(%q) is %q, want %q", text, got, want)
		}
	}
	for _, typ := range []string{"GigabitEthernet", "FiveGigabitEthernet", "FiftyGigE", "Virtual-Template", "Virtual-Access", "VirtualPortGroup", "Wlan-GigabitEthernet", "Null"} {
		if full, ok := ifname.Canonical(ifname.Short(typ + "1/2")); !ok || full != typ+"1/2" {
			t.Errorf("%s1/2 is shortened to %s, which is %s", typ, ifname.Short(typ+"1/2"), full)
		}
	}
}
