package devicesim

import (
	"strings"
	"testing"
	"time"
)

// arpAndMACs returns the MAC address of every ARP entry, and the port at which switches learned each MAC
// address.
func arpAndMACs(t *testing.T) (arp, learned map[string]string) {
	t.Helper()
	arp, learned = map[string]string{}, map[string]string{}
	for _, m := range models(0, 0) {
		tables, _ := m.macs().(object)
		if all, ok := tables.get("matm-table"); ok {
			for _, table := range all.(*list).entries {
				entries, _ := table.get("matm-mac-entry")
				for _, e := range entries.(*list).entries {
					address, _ := e.get("mac")
					port, _ := e.get("port")
					learned[address.(string)] = m.name + " " + port.(string)
				}
			}
		}
		vrfs, _ := m.arp(time.Time{}).(object)
		if all, ok := vrfs.get("arp-vrf"); ok && !m.isSwitch() {
			for _, vrf := range all.(*list).entries {
				if entries, ok := vrf.get("arp-oper"); ok {
					for _, e := range entries.(*list).entries {
						address, _ := e.get("address")
						hardware, _ := e.get("hardware")
						arp[m.name+" "+address.(string)] = hardware.(string)
					}
				}
			}
		}
	}
	return arp, learned
}

// A host can be followed from a router's ARP table through a switch's MAC table to its port.
func TestHostsAreFoundAcrossDevices(t *testing.T) {
	arp, learned := arpAndMACs(t)
	for address, want := range map[string]string{
		"r1 10.1.2.1": "sw1 GigabitEthernet1/0/1", "r1 10.1.2.2": "sw1 GigabitEthernet1/0/4",
		"r3 10.3.2.1": "sw2 GigabitEthernet1/0/1", "r3 10.3.2.2": "sw2 GigabitEthernet1/0/4",
		"core1 10.0.1.1": "sw1 GigabitEthernet1/0/24", "core1 10.0.2.1": "sw2 GigabitEthernet1/0/24",
	} {
		if got := learned[arp[address]]; got != want {
			t.Errorf("%s (%s) is at %q, want %q", address, arp[address], got, want)
		}
	}
	if arp["r2 192.0.2.1"] != arp["r1 192.0.2.1"] {
		t.Error("r1 has another MAC address at r2 than at itself")
	}
}

func TestNeighborsReportEachOther(t *testing.T) {
	ends := map[string]bool{}
	for _, m := range models(0, 0) {
		for _, n := range m.neighbors() {
			ends[m.name+" "+n.localPort+" - "+n.device+" "+n.portName] = true
		}
	}
	if !ends["core1 TenGigabitEthernet1 - sw1 GigabitEthernet1/0/24"] {
		t.Error("core1 has no neighbor")
	}
	for link := range ends {
		a, b, _ := strings.Cut(link, " - ")
		if !ends[b+" - "+a] {
			t.Errorf("%s, but not the other way round", link)
		}
	}
}
