package devicesim

import "time"

// secured are the access ports of the switches with port security and 802.1X.
var secured = [...]int{7, 8, 9}

func (m model) portSecurity() any {
	if !m.has(8) {
		return nil
	}
	ports := &list{keys: []string{"if-name"}}
	if !m.isSwitch() {
		return nothing{{"psecure-state", ports}}
	}
	for _, i := range secured {
		ports.entries = append(ports.entries, obj("if-name", m.portName(i), "psecure-entry", &list{keys: []string{"vlan", "mac"}, entries: []object{obj(
			"vlan", vlanIDs[(i-1)%len(vlanIDs)], "mac", station(m.number, i), "type", "psecure-sticky",
		)}}))
	}
	return obj("psecure-state", ports)
}

// authenticated returns the sessions of the secured ports. Of sw2's last one nobody has authenticated.
func (m model) authenticated(started time.Time) any {
	all := &list{keys: []string{"mac"}}
	if !m.isSwitch() {
		return nothing{{"session-context-data", all}}
	}
	for n, i := range secured {
		state, method, user := "authz-success", "dot1x-auth-id", "user"+string(rune('a'+n))+"@example.com"
		if m.name == "sw2" && n == len(secured)-1 {
			state, user = "authc-failed", ""
		}
		if n == 1 {
			method, user = "mab-id", station(m.number, i)
		}
		all.entries = append(all.entries, obj(
			"mac", station(m.number, i), "ipv4", "0.0.0.0", "method-id", method, "domain", "data", "username", user, "vlan-id", vlanIDs[(i-1)%len(vlanIDs)],
			"state", state, "authorized", state == "authz-success", "intf-name", m.portName(i), "policy-name", "ACCESS",
			"client-join-time", started.Add(-time.Duration(i)*time.Hour).UTC().Format(deviceTime),
		))
	}
	return obj("session-context-data", all)
}

// switchPorts returns the modes of a switch's ports: trunks to other devices, else access.
func (m model) switchPorts() any {
	if !m.has(14) {
		return nil
	}
	all := &list{keys: []string{"if-name"}}
	for i := 1; i <= m.ports; i++ {
		details := obj("oper-mode", "oper-static-access", "access-mode-id", vlanIDs[(i-1)%len(vlanIDs)])
		mode := "admin-static-access"
		if _, linked := m.neighbor(i); linked {
			mode = "admin-trunk"
			details = obj("oper-mode", "oper-trunk", "trunk-nat-mode-id", 1, "trunk-vlan", &list{keys: []string{"start-id"}, entries: []object{
				obj("start-id", 1, "end-id", 1), obj("start-id", 10, "end-id", 20),
			}})
		}
		all.entries = append(all.entries, obj("if-name", m.portName(i), "enabled", true, "admin-mode", mode, "port-details", details))
	}
	return obj("switchport-info", all)
}
