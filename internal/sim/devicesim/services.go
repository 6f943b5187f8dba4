package devicesim

import (
	"fmt"
	"strconv"
	"time"
)

func (m model) processes() object {
	all := &list{keys: []string{"pid", "name"}}
	names := []string{"Chunk Manager", "Load Meter", "ARP Input", "IP Input", "BGP Router", "BGP I/O", "OSPF-1 Hello", "CDP Protocol", "SSH Process", "Exec"}
	for pid := 1; pid <= 60; pid++ {
		name := "Process " + strconv.Itoa(pid)
		if pid <= len(names) {
			name = names[pid-1]
		}
		share := func(n int) string { return fmt.Sprintf("%d.%02d", n%3, n*7%100) }
		all.entries = append(all.entries, obj(
			"pid", pid, "name", name, "tty", 0, "total-run-time", strconv.Itoa(pid*1234), "invocation-count", pid*99, "avg-run-time", "12",
			"five-seconds", share(pid*m.number), "one-minute", share(pid+m.number), "five-minutes", share(pid),
		))
	}
	return obj("cpu-usage-process", all)
}

func (m model) sensors() object {
	all := &list{keys: []string{"name", "location"}}
	add := func(name, state string, reads int, unit string) {
		all.entries = append(all.entries, obj("name", name, "location", "R0", "state", state, "current-reading", reads, "sensor-units", unit))
	}
	if m.isSwitch() {
		add("Inlet Temp Sensor", "Norm", 27+m.number%5, "celsius")
		add("HotSpot Temp Sensor", "Norm", 61, "celsius")
		add("FAN - T1 1", "Norm", 5320, "revolutions-per-minute")
		add("PS1 Vout", "Norm", 54000, "millivolts")
		if m.number == 12 {
			add("PS2 Vout", "Fail", 0, "millivolts")
		}
		return obj("environment-sensor", all)
	}
	add("Temp: Inlet", "Normal", 30+m.number%7, "celsius")
	add("Vcore", "Normal", 1200, "millivolts")
	return obj("environment-sensor", all)
}

func (m model) optics() any {
	all := &list{keys: []string{"name"}}
	if !m.isSwitch() && m.ports <= 100 {
		return nothing{{"transceiver", all}}
	}
	for i := 1; i <= 4; i++ {
		light := func(level string) object { return obj("instant", level) }
		all.entries = append(all.entries, obj(
			"name", m.portName(i), "enabled", true, "present", i != 4, "identifier", "SFP/SFP+", "connector", "LC connector",
			"ethernet-pmd", "10GBASE-LR SFP", "vendor", "EXAMPLE   ", "vendor-part", "SFP-10G-LR", "vendor-rev", "",
			"serial-no", fmt.Sprintf("9OPTIC%02d%02d", m.number, i), "internal-temp", "31.5",
			"output-power", light("-2.10"), "input-power", light(fmt.Sprintf("-%d.35", 3+2*i)), "laser-bias-current", light("36.40"),
		))
	}
	return obj("transceiver", all)
}

func (m model) ntp() any {
	peers := &list{keys: []string{"assoc-id"}}
	if m.number == 3 {
		return nothing{{"ntp-status-info", nothing{{"ntp-associations", peers}}}}
	}
	for i, state := range []string{"ntp-peer-sys-peer", "ntp-peer-candidate", "ntp-peer-rejected"} {
		address := fmt.Sprintf("192.0.2.%d", 123+i)
		reach, stratum := 255, 2
		if i == 2 {
			reach, stratum = 0, 16
		}
		peers.entries = append(peers.entries, obj(
			"assoc-id", 48932+i, "peer-reach", reach, "peer-stratum", stratum, "poll", 6, "delay", "1.25", "offset", fmt.Sprintf("0.%d", 31*(i+1)),
			"jitter", "0.10", "ntp-address", obj("ip-addr", address, "vrf-name", ""), "peer-selection-status", state,
		))
	}
	return obj("ntp-status-info", obj(
		"refid", obj("ip-addr", "192.0.2.123"), "sys-poll", 6, "stratum", 3, "root-delay", "2.14", "root-disp", "7.90", "offset", "0.31",
		"ntp-associations", peers, "freq-drift-ppm", "0.0",
	))
}

func (m model) slas() any {
	all := &list{keys: []string{"oper-id"}}
	if m.name != "r1" {
		return nothing{{"sla-oper-entry", all}}
	}
	entry := func(id int, kind, code string, ok, failed int, rtt object) {
		all.entries = append(all.entries, obj(
			"oper-id", id, "oper-type", "oper-type-"+kind, "latest-return-code", "ret-code-"+code, "success-count", ok, "failure-count", failed,
			"latest-oper-start-time", live(func(now time.Time) any { return now.Add(-20 * time.Second).UTC().Format(deviceTime) }),
			"rtt-info", obj("latest-rtt", rtt),
		))
	}
	entry(10, "icmp-echo", "ok", 4312, 2, obj("rtt", "4"))
	entry(20, "udp-jitter", "timeout", 12, 871, obj("unknown", []any{nil}))
	return obj("sla-oper-entry", all)
}

func (m model) accessLists() any {
	all := &list{keys: []string{"access-control-list-name"}}
	if m.name != "r1" && m.name != "r2" {
		return nothing{{"access-list", all}}
	}
	entries := &list{keys: []string{"rule-name"}}
	for i := 1; i <= 3; i++ {
		entries.entries = append(entries.entries, obj(
			"rule-name", 10*i, "access-list-entries-oper-data", obj("match-counter", strconv.Itoa(i*i*1021)),
		))
	}
	all.entries = append(all.entries, obj("access-control-list-name", "MANAGEMENT", "access-list-entries", obj("access-list-entry", entries)))
	return obj("access-list", all)
}

func (m model) leases() any {
	all := &list{keys: []string{"pool-name", "client-ip", "vrf-name"}}
	if m.name != "r2" {
		return nothing{{"dhcpv4-server-oper", all}}
	}
	for i := 1; i <= 3; i++ {
		until := obj("time", live(func(now time.Time) any { return now.Add(8 * time.Hour).UTC().Format(deviceTime) }))
		if i == 3 {
			until = obj("infinite", []any{nil})
		}
		all.entries = append(all.entries, obj(
			"pool-name", "VOICE", "client-ip", fmt.Sprintf("10.2.3.%d", 100+i), "vrf-name", "VOICE",
			"client-id", mac(90, i), "expiration", until, "type", "dhcp-server-binding-type-automatic",
			"state", "dhcp-server-binding-state-active", "interface", m.portName(3),
		))
	}
	return obj("dhcpv4-server-oper", all)
}
