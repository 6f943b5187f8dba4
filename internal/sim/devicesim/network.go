package devicesim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// translations returns the NAT translations of r1, of the guests' VRF.
func (m model) translations() any {
	all := &list{keys: []string{"inside-local-addr", "outside-local-addr", "inside-local-port", "outside-local-port", "vrfid", "protocol"}}
	if m.name != "r1" {
		return nothing{{"ip-nat-translation", all}}
	}
	for i, protocol := range []int{6, 17, 1} {
		all.entries = append(all.entries, obj(
			"inside-local-addr", fmt.Sprintf("10.1.3.%d", 10+i), "outside-local-addr", "198.51.100.80", "inside-local-port", 50000+i, "outside-local-port", 443,
			"vrfid", 2, "protocol", protocol, "inside-global-addr", "203.0.113.1", "outside-global-addr", "198.51.100.80", "inside-global-port", 1024+i,
			"outside-global-port", 443, "flags", 0, "application-type", 0, "vrf-name", "GUEST",
		))
	}
	return obj("ip-nat-translation", all)
}

// across returns the device at the other side of 192.0.2.0/24 with which a router runs a protocol: r1 and r2
// in Paris, in Berlin r3 and one that has the protocol too; 0 for none.
func (m model) across(pairs ...[2]string) int {
	for _, p := range pairs {
		if i := slices.Index(p[:], m.name); i >= 0 {
			return map[string]int{"r1": 1, "r2": 2, "r3": 3, "r4": 4, "slow1": 31}[p[1-i]]
		}
	}
	return 0
}

func (m model) eigrp() any {
	other := m.across([2]string{"r3", "r4"})
	instances := &list{keys: []string{"afi", "vrf-name", "as-num"}}
	if other == 0 {
		return nothing{{"eigrp-instance", instances}}
	}
	instances.entries = []object{obj("afi", "eigrp-af-ipv4", "vrf-name", "default", "as-num", 100, "eigrp-interface", &list{
		keys: []string{"name"}, entries: []object{obj("name", m.portName(1), "eigrp-nbr", &list{keys: []string{"afi", "nbr-address"}, entries: []object{obj(
			"afi", "eigrp-af-ipv4", "nbr-address", fmt.Sprintf("192.0.2.%d", other), "retransmit-count", 0, "retry-count", 0, "srtt", 4, "rto", 100,
		)}})},
	})}
	return obj("eigrp-instance", instances)
}

func (m model) isis() any {
	if !m.has(4) {
		return nil
	}
	other := m.across([2]string{"r3", "slow1"})
	instances := &list{keys: []string{"tag"}}
	if other == 0 {
		return nothing{{"isis-instance", instances}}
	}
	instances.entries = []object{obj("tag", "BERLIN", "isis-neighbor", &list{keys: []string{"system-id", "level", "if-name"}, entries: []object{obj(
		"system-id", mac(other, 0), "level", "isis-level-2", "if-name", m.portName(1), "ipv4-address", fmt.Sprintf("192.0.2.%d", other), "ipv6-address", "::",
		"state", "isis-adj-up", "holdtime", 27,
	)}})}
	return obj("isis-instance", instances)
}

func (m model) ldp(started time.Time) any {
	other := m.across([2]string{"r1", "r2"})
	tables := &list{keys: []string{"table-id"}}
	if other == 0 {
		return nothing{{"mpls-ldp-state", tables}}
	}
	local, remote := "192.0.2."+strconv.Itoa(m.number), "192.0.2."+strconv.Itoa(other)
	tables.entries = []object{obj("table-id", "0", "oper-status", "mpls-ldp-oper-status-enabled", "ldpid", local+":0", "mpls-ldp-peer", &list{
		keys: []string{"peer-id"}, entries: []object{obj(
			"peer-id", remote+":0", "admin-down", false, "state", "adj-state-est", "session-hold-time", obj("negotiated", 180),
			"session-state", "session-state-operational", "session-role", "session-role-passive",
			"tcp-connection", obj("local-address", local, "local-port", 646, "remote-address", remote, "remote-port", 41023),
			"establish-time", started.Add(-76*time.Hour).UTC().Format(deviceTime),
		)},
	})}
	return obj("mpls-ldp-state", tables)
}

// neighbors6 returns the IPv6 neighbors in VRFs that have IPv6.
func (m model) neighbors6() any {
	all := &list{keys: []string{"vrf-name", "if-name", "ip"}}
	for _, v := range m.vrfs {
		if !slices.Contains(v.families, "ipv6") {
			continue
		}
		for i, port := range v.interfaces {
			all.entries = append(all.entries, obj(
				"vrf-name", v.name, "if-name", port, "ip", fmt.Sprintf("fe80::200:5eff:fe00:53%02x", m.number), "mac-address", fmt.Sprintf("00:00:5e:00:53:%02x", m.number),
				"state", "ipv6-nd-reachable", "idle-timer", 20, "uptime", 612*(i+1),
			))
		}
	}
	if len(all.entries) == 0 {
		return nothing{{"nd6-info", all}}
	}
	return obj("nd6-info", all)
}

func (m model) multicast() any {
	all := &list{keys: []string{"source", "group", "vrf", "af"}}
	if m.across([2]string{"r1", "r2"}) == 0 {
		return nothing{{"mroute-state", all}}
	}
	all.entries = []object{obj(
		"source", "192.0.2.254", "group", "233.252.0.1", "vrf", "default", "af", "mroute-af-ipv4", "ingress-if", obj("if-name", m.portName(1)),
		"mcast-egress-if-entry", &list{keys: []string{"if-name"}, entries: []object{obj("if-name", m.portName(2))}},
	)}
	return obj("mroute-state", all)
}

func (m model) pim(started time.Time) any {
	other := m.across([2]string{"r1", "r2"})
	all := &list{keys: []string{"af", "vrf", "if-name"}}
	if other == 0 {
		return nothing{{"pim-neighbor-entry", all}}
	}
	all.entries = []object{obj("af", "multicast-af-ipv4", "vrf", "default", "if-name", m.portName(1), "pim-neighbor-state", &list{
		keys: []string{"pim-neighbor-address"}, entries: []object{obj("pim-neighbor-address", fmt.Sprintf("192.0.2.%d", other), "state", obj(
			"version", 2, "dr-priority", 1, "neighbor-uptime", started.Add(-76*time.Hour).UTC().Format(deviceTime), "pim-dr", "192.0.2.2", "pim-mode", "pim-sparse",
		))},
	})}
	return obj("pim-neighbor-entry", all)
}
