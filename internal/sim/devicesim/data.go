package devicesim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tree returns the data of a device, in the shape of the modules of IOS-XE 17.12.1.
func (m model) tree(started time.Time) object {
	if m.platform() == "openconfig" {
		return m.openconfig(started)
	}
	boot := started.Add(-time.Duration(m.number) * 37 * time.Hour)
	data := obj(
		"Cisco-IOS-XE-native:native", m.native(),
		"Cisco-IOS-XE-interfaces-oper:interfaces", m.interfaces(boot),
		"ietf-interfaces:interfaces-state", m.interfacesState(boot),
		"Cisco-IOS-XE-device-hardware-oper:device-hardware-data", m.hardware(boot),
		"Cisco-IOS-XE-bgp-oper:bgp-state-data", m.bgp(),
		"Cisco-IOS-XE-arp-oper:arp-data", m.arp(started),
		"Cisco-IOS-XE-vrf-oper:vrf-oper-data", m.vrfOper(),
		"Cisco-IOS-XE-process-cpu-oper:cpu-usage", m.cpu(),
		"Cisco-IOS-XE-memory-oper:memory-statistics", m.memory(),
		"Cisco-IOS-XE-cdp-oper:cdp-neighbor-details", m.cdp(),
		"Cisco-IOS-XE-lldp-oper:lldp-entries", m.lldp(),
		"Cisco-IOS-XE-vlan-oper:vlans", m.vlans(),
		"Cisco-IOS-XE-ospf-oper:ospf-oper-data", m.ospf(),
		"ietf-routing:routing-state", m.routing(started),
		"Cisco-IOS-XE-hsrp-oper:hsrp-oper-data", m.hsrp(),
		"Cisco-IOS-XE-vrrp-oper:vrrp-oper-data", m.vrrp(),
		"Cisco-IOS-XE-bfd-oper:bfd-state", m.bfd(),
		"Cisco-IOS-XE-matm-oper:matm-oper-data", m.macs(),
		"Cisco-IOS-XE-spanning-tree-oper:stp-details", m.spanningTree(),
		"Cisco-IOS-XE-poe-oper:poe-oper-data", m.power(),
		"Cisco-IOS-XE-stack-oper:stack-oper-data", m.stack(),
		"Cisco-IOS-XE-environment-oper:environment-sensors", m.sensors(),
		"Cisco-IOS-XE-transceiver-oper:transceiver-oper-data", m.optics(),
		"Cisco-IOS-XE-ntp-oper:ntp-oper-data", m.ntp(),
		"Cisco-IOS-XE-ip-sla-oper:ip-sla-stats", m.slas(),
		"Cisco-IOS-XE-acl-oper:access-lists", m.accessLists(),
		"Cisco-IOS-XE-dhcp-oper:dhcp-oper-data", m.leases(),
		"Cisco-IOS-XE-aaa-oper:aaa-data", m.users(started),
		"ietf-netconf-monitoring:netconf-state", m.sessions(started),
		"Cisco-IOS-XE-lacp-oper:lag-oper-data", m.bundles(),
		"Cisco-IOS-XE-nat-oper:nat-data", m.translations(),
		"Cisco-IOS-XE-tunnel-oper:tunnel-oper-data", nothing{{"tunnel-if", &list{keys: []string{"name"}}}},
		"Cisco-IOS-XE-eigrp-oper:eigrp-oper-data", m.eigrp(),
		"Cisco-IOS-XE-isis-oper:isis-oper-data", m.isis(),
		"Cisco-IOS-XE-mpls-ldp-oper:mpls-ldp-oper-data", m.ldp(started),
		"Cisco-IOS-XE-ipv6-oper:ipv6-data", m.neighbors6(),
		"Cisco-IOS-XE-mroute-oper:mroute-oper-data", m.multicast(),
		"Cisco-IOS-XE-pim-oper:pim-oper-data", m.pim(started),
		"Cisco-IOS-XE-platform-software-oper:cisco-platform-software", m.software(started),
		"Cisco-IOS-XE-install-oper:install-oper-data", m.packages(),
		"Cisco-IOS-XE-crypto-pki-oper:crypto-pki-oper-data", m.certificates(started),
		"Cisco-IOS-XE-crypto-oper:crypto-oper-data", nothing{{"crypto-ipsec-ident", &list{}}, {"crypto-ikev2-sa", &list{}}},
		"Cisco-IOS-XE-ha-oper:ha-oper-data", m.redundancy(),
		"Cisco-IOS-XE-psecure-oper:psecure-oper-data", m.portSecurity(),
		"Cisco-IOS-XE-identity-oper:identity-oper-data", m.authenticated(started),
		"Cisco-IOS-XE-fib-oper:fib-oper-data", m.forwarding(started),
		"cisco-smart-license:licensing", m.licenses(),
	)
	if m.isSwitch() {
		data = append(data, member{"Cisco-IOS-XE-switchport-oper:switchport-oper-data", m.switchPorts()})
	}
	return slices.DeleteFunc(data, func(d member) bool { return d.value == nil }) // what the release doesn't have
}

func (m model) native() object {
	version := m.release
	if len(version) > 4 {
		version = version[:len(version)-2] // major and minor only
	}
	n := obj("version", version, "hostname", m.name, "ip", obj("route", m.static()))
	if len(m.vrfs) == 0 {
		return append(n, member{"vrf", nothing{{"definition", &list{keys: []string{"name"}}}}})
	}
	definitions := &list{keys: []string{"name"}}
	for _, v := range m.vrfs {
		var families object
		for _, f := range v.families {
			families = append(families, member{f, object{}})
		}
		definitions.entries = append(definitions.entries, obj(
			"name", v.name, "description", orNothing(v.description), "rd", orNothing(v.rd), "address-family", families,
		))
	}
	return append(n, member{"vrf", obj("definition", definitions)})
}

func (m model) vrfOper() any {
	entries := &list{keys: []string{"vrf-name"}}
	if len(m.vrfs) == 0 {
		return nothing{{"vrf-entry", entries}}
	}
	for _, v := range m.vrfs {
		families := &list{keys: []string{"address-family"}}
		for _, f := range v.families {
			families.entries = append(families.entries, obj("address-family", f+"-unicast"))
		}
		e := obj("vrf-name", v.name, "address-family-entry", families)
		if len(v.interfaces) > 0 {
			names := make([]any, len(v.interfaces))
			for i, name := range v.interfaces {
				names[i] = name
			}
			e = append(e, member{"interface", names})
		}
		entries.entries = append(entries.entries, e)
	}
	return obj("vrf-entry", entries)
}

func (m model) interfaces(boot time.Time) any {
	if m.ports == 0 {
		return nothing{}
	}
	all := &list{keys: []string{"name"}}
	for i := 1; i <= m.ports; i++ {
		admin, oper, speed := "if-state-up", "if-oper-state-ready", "1000000000"
		rate := 1000 * i
		switch {
		case shut(i):
			admin, oper, rate = "if-state-down", "if-oper-state-no-pass", 0
		case !up(i):
			oper, rate = "if-oper-state-lower-layer-down", 0
		}
		if m.ports > 100 {
			speed = "10000000000"
		}
		address, mask := m.portAddress(i)
		errors := 0
		if i%7 == 0 {
			errors = i
		}
		all.entries = append(all.entries, obj(
			"name", m.portName(i),
			"interface-type", "iana-iftype-ethernet-csmacd",
			"admin-status", admin,
			"oper-status", oper,
			"last-change", boot.Add(time.Duration(i)*time.Minute).UTC().Format(deviceTime),
			"if-index", i,
			"phys-address", mac(m.number, i),
			"speed", speed,
			"statistics", obj(
				"discontinuity-time", boot.UTC().Format(deviceTime),
				"in-octets", counter(boot, rate),
				"in-unicast-pkts", counter(boot, rate/100),
				"in-discards", 0,
				"in-errors", errors,
				"out-octets", live(func(now time.Time) any {
					return uint32(int64(now.Sub(boot)/time.Second) * int64(rate)) // wraps at 4 GiB
				}),
				"out-errors", "0",
				"rx-pps", strconv.Itoa(rate/100), "rx-kbps", strconv.Itoa(8*rate/1000), "tx-pps", strconv.Itoa(rate/50), "tx-kbps", strconv.Itoa(16*rate/1000),
				"in-crc-errors", strconv.Itoa(errors/2),
				"num-flaps", strconv.Itoa(i%3),
				"out-octets-64", counter(boot, 2*rate),
			),
			"vrf", m.portVRF(i),
			"ipv4", address,
			"ipv4-subnet-mask", mask,
			"description", m.portDescription(i),
			"mtu", 1500,
			"intf-ext-state", m.disabled(i),
		))
	}
	return obj("interface", all)
}

func (m model) interfacesState(boot time.Time) any {
	if m.ports == 0 {
		return nothing{}
	}
	all := &list{keys: []string{"name"}}
	for i := 1; i <= m.ports; i++ {
		admin, oper := "up", "up"
		switch {
		case shut(i):
			admin, oper = "down", "down"
		case !up(i):
			oper = "down"
		}
		all.entries = append(all.entries, obj(
			"name", m.portName(i),
			"type", "iana-if-type:ethernetCsmacd",
			"admin-status", admin,
			"oper-status", oper,
			"last-change", boot.UTC().Format(deviceTime),
			"if-index", i,
			"phys-address", mac(m.number, i),
			"speed", "1000000000",
		))
	}
	return obj("interface", all)
}

func (m model) hardware(boot time.Time) object {
	chassis := m.chassis()
	var later object // what only later releases have
	if m.has(4) {
		later = append(later, member{"unsaved-config", m.name == "r1"})
	}
	if m.has(11) {
		later = append(later, member{"reload-history-support", []any{nil}}, member{"reload-history", m.reloads(boot)})
	}
	return obj("device-hardware", obj(
		"device-inventory", &list{keys: []string{"hw-type", "hw-dev-index"}, entries: []object{
			obj("hw-type", "hw-type-chassis", "hw-dev-index", 0, "version", "V00  ", "part-number", chassis+"  ",
				"serial-number", fmt.Sprintf("9EXAMPLE%03d", m.number), "hw-description", chassis+" Chassis", "dev-name", "Chassis"),
			obj("hw-type", "hw-type-pem", "hw-dev-index", 0, "version", "V01", "part-number", "PWR-EXAMPLE  ",
				"serial-number", fmt.Sprintf("9POWER%03d", m.number), "hw-description", "Power supply", "dev-name", "Power Supply Module 0"),
		}},
		"device-system-data", append(obj(
			"current-time", live(func(now time.Time) any { return now.UTC().Format(deviceTime) }),
			"boot-time", boot.UTC().Format(deviceTime),
			"software-version", "Cisco IOS Software [Example], Virtual XE Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version "+m.release+", RELEASE SOFTWARE (fc1)\nA simulated device",
			"rommon-version", "IOS-XE ROMMON",
			"last-reboot-reason", "reload",
		), later...),
	))
}

func (m model) bgp() any {
	all := &list{keys: []string{"afi-safi", "vrf-name", "neighbor-id"}}
	if len(m.peers) == 0 {
		return obj("neighbors", nothing{{"neighbor", all}}, "bgp-route-vrfs", object{})
	}
	for _, p := range m.peers {
		all.entries = append(all.entries, obj(
			"afi-safi", "ipv4-unicast",
			"vrf-name", p.vrf,
			"neighbor-id", p.address,
			"description", p.description,
			"bgp-version", 4,
			"link", "external",
			"up-time", p.since,
			"session-state", "fsm-"+p.state,
			"negotiated-keepalive-timers", obj("hold-time", 180, "keepalive-interval", 60),
			"connection", p.connection(),
			"prefix-activity", obj(
				"sent", obj("current-prefixes", "12"),
				"received", obj("current-prefixes", strconv.Itoa(p.prefixes)),
			),
			"installed-prefixes", p.prefixes,
			"as", p.as,
		))
	}
	return obj("neighbors", obj("neighbor", all), "bgp-route-vrfs", m.bgpTables())
}

func (m model) arp(started time.Time) any {
	if m.ports == 0 {
		return nothing{}
	}
	tables := &list{keys: []string{"vrf"}}
	ports := map[string][]int{} // by VRF; "" is the default one
	for i := 1; i <= min(m.ports, 400); i++ {
		in := m.portVRF(i)
		ports[in] = append(ports[in], i)
	}
	for _, name := range append([]string{"Default"}, m.vrfNames()...) {
		older := &list{keys: []string{"address"}}
		newer := &list{keys: []string{"address", "interface"}}
		for _, i := range ports[strings.TrimPrefix(name, "Default")] {
			address, _ := m.portAddress(i)
			if address == "0.0.0.0" || !up(i) {
				continue
			}
			neighbor := address[:len(address)-1] + "2"
			if m.number == 2 && i == 1 {
				neighbor = "192.0.2.1"
			} else if i == 1 && m.ports <= 10 {
				neighbor = "192.0.2.254"
			}
			for _, e := range []object{
				m.arpEntry(i, address, mac(m.number, i), "interface", time.Unix(0, 0)),
				m.arpEntry(i, neighbor, m.macOf(neighbor, i), "dynamic", started.Add(-time.Duration(i)*time.Minute)),
			} {
				older.entries = append(older.entries, e)
				newer.entries = append(newer.entries, e)
			}
		}
		e := obj("vrf", name)
		if len(older.entries) > 0 {
			e = append(e, member{"arp-oper", older})
			if !m.old {
				e = append(e, member{"arp-entry", newer})
			}
		}
		tables.entries = append(tables.entries, e)
	}
	return obj("arp-vrf", tables)
}

func (m model) arpEntry(port int, address, hardware, mode string, at time.Time) object {
	return obj(
		"address", address, "interface", m.portName(port), "enctype", "ios-encaps-type-arpa", "type", "ios-linktype-ip",
		"mode", "ios-arp-mode-"+mode, "hwtype", "ios-snpa-type-ieee48", "hardware", hardware, "time", at.UTC().Format(deviceTime),
	)
}
