package devicesim

// bundle is a port channel to a server, with the ports of it. On a port that is down the server is silent.
type bundle struct {
	group int
	ports []int
}

// portChannels returns the port channels of a switch. One link of sw2's is down.
func (m model) portChannels() []bundle {
	switch m.name {
	case "sw1":
		return []bundle{{1, []int{22, 23}}}
	case "sw2":
		return []bundle{{1, []int{21, 25}}}
	}
	return nil
}

func (m model) bundles() any {
	groups, members := &list{keys: []string{"channel-group"}}, &list{keys: []string{"channel-group"}}
	if len(m.portChannels()) == 0 {
		return nothing{{"lag-info", groups}, {"lacp-port-channel", members}}
	}
	for _, b := range m.portChannels() {
		ports := &list{keys: []string{"if-name"}}
		down := 0
		for _, i := range b.ports {
			partner, number, packets := station(m.number, b.ports[0]), i, "1812"
			if !up(i) {
				partner, number, packets = "00:00:00:00:00:00", 0, "0"
				down++
			}
			ports.entries = append(ports.entries, obj(
				"if-name", m.portName(i), "system-id", mac(m.number, 0), "partner-id", partner, "partner-key", b.group, "oper-key", b.group, "port-num", 256+i,
				"counters", obj("lacp-in-pkts", packets, "lacp-out-pkts", packets, "lacp-errors", "0"), "partner-port-num", number,
			))
		}
		groups.entries = append(groups.entries, obj(
			"channel-group", b.group, "total-no-of-links", len(b.ports), "total-no-of-links-bundled", len(b.ports)-down, "total-no-of-links-standby", 0,
			"total-no-of-links-down", down, "port-channel-up", down < len(b.ports), "layer-type", "l2-etherchannel", "total-no-of-links-suspended", 0,
		))
		members.entries = append(members.entries, obj("channel-group", b.group, "lacp-member-state", ports))
	}
	if !m.has(11) {
		return obj("lag-info", groups, "lacp-port-channel", nothing{})
	}
	return obj("lag-info", groups, "lacp-port-channel", members)
}

// disabled returns whether a switch has disabled a port, and why. Port 15 is down for that reason.
func (m model) disabled(port int) object {
	kind, reason := "port-error-none", "port-err-none"
	if m.isSwitch() && port == 15 {
		kind, reason = "port-error-disable", "port-err-bpduguard"
	}
	return obj("error-type", kind, "port-error-reason", reason)
}
