package devicesim

import (
	"fmt"
	"strconv"
)

func (m model) macs() any {
	tables := &list{keys: []string{"table-type", "vlan-id-number"}}
	if !m.isSwitch() {
		return nothing{{"matm-table", tables}}
	}
	for v, id := range vlanIDs {
		entries := &list{keys: []string{"table-type", "vlan-id-number", "mac"}}
		for i := 1 + v; i <= m.ports; i += len(vlanIDs) {
			if !up(i) {
				continue
			}
			entries.entries = append(entries.entries, obj(
				"table-type", "mat-vlan", "vlan-id-number", id, "mac", m.macBehind(i), "mat-addr-type", "dynamic", "port", m.portName(i),
			))
		}
		tables.entries = append(tables.entries, obj("table-type", "mat-vlan", "vlan-id-number", id, "aging-time", 300, "matm-mac-entry", entries))
	}
	return obj("matm-table", tables)
}

func (m model) spanningTree() any {
	instances := &list{keys: []string{"instance"}}
	if !m.isSwitch() {
		return nothing{{"stp-detail", instances}}
	}
	own := mac(m.number, 0)
	for i, id := range vlanIDs {
		root, cost, port, role := mac(11, 0), "20000", 1, "stp-root"
		if m.number == 11 && i < 2 || m.number == 12 && i == 2 {
			root, cost, port, role = own, "0", 0, "stp-designated"
		}
		ports := &list{keys: []string{"name"}}
		ports.entries = append(ports.entries, obj("name", m.portName(1), "port-num", 1, "cost", cost, "port-priority", 128, "role", role, "state", "stp-forwarding", "link-type", "stp-point-to-point"))
		instances.entries = append(instances.entries, obj(
			"instance", fmt.Sprintf("VLAN%04d", id), "hello-time", 2, "max-age", 20, "forwarding-delay", 15, "hold-count", 6,
			"bridge-priority", 32768+id, "bridge-address", own, "designated-root-priority", 32768+id, "designated-root-address", root,
			"root-port", port, "root-cost", cost, "hold-time", "1", "topology-changes", strconv.Itoa(3*i),
			"time-of-last-topology-change", "1970-01-16T21:25:44+00:00", "interfaces", obj("interface", ports),
		))
	}
	return obj("stp-detail", instances)
}

// power returns device names with a leading blank, as devices do.
func (m model) power() any {
	ports := &list{keys: []string{"intf-name"}}
	if !m.isSwitch() {
		return nothing{{"poe-port-detail", ports}}
	}
	for i := 1; i <= min(m.ports, 8); i++ {
		used, state, device := "0.0", "off", ""
		if i%2 == 0 {
			used, state, device = "15.4", "on", " CP-8845"
		}
		ports.entries = append(ports.entries, obj(
			"intf-name", m.portName(i), "power-used", used, "pd-class", "pd-ieee3", "device-detected", i%2 == 0, "device-name", device,
			"police", false, "power-admin-max", "60.0", "power-from-pse", used, "power-to-pd", used, "power-consumption", used,
			"max-power-drawn", used, "oper-state", state, "admin-state", "admin-state-auto",
		))
	}
	return obj("poe-port-detail", ports)
}

func (m model) stack() any {
	nodes := &list{keys: []string{"chassis-number"}}
	if !m.isSwitch() {
		return nothing{{"stack-node", nodes}}
	}
	for i, role := range []string{"role-active", "role-standby"} {
		nodes.entries = append(nodes.entries, obj(
			"chassis-number", i+1, "priority", 15-i, "serial-number", fmt.Sprintf("9STACK%d%02d", i+1, m.number), "latency", 0, "role", role,
			"node-state", "state-ready", "stack-mode", "mode-stackwise-rear", "sso-ready-flag", true, "mac-address", mac(m.number+i, 255),
			"reload-reason", "Reload Command", "hw-version", "V02",
		))
	}
	return obj("stack-node", nodes)
}
