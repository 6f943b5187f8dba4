package devicesim

import (
	"strconv"
	"time"
)

// openconfig returns the data of a device of another vendor, in OpenConfig models.
func (m model) openconfig(started time.Time) object {
	boot := started.Add(-time.Duration(m.number) * 37 * time.Hour)
	return obj(
		"openconfig-interfaces:interfaces", m.ocInterfaces(boot),
		"openconfig-network-instance:network-instances", m.ocInstances(),
		"openconfig-lldp:lldp", m.ocNeighbors(),
		"openconfig-platform:components", m.ocComponents(),
		"openconfig-system:system", m.ocSystem(boot),
	)
}

func (m model) ocInterfaces(boot time.Time) object {
	all := &list{keys: []string{"name"}}
	for i := 1; i <= m.ports; i++ {
		oper, errors := "UP", "0"
		if !up(i) {
			oper, errors = "DOWN", "17"
		}
		name := m.portName(i)
		address, _ := m.portAddress(i)
		all.entries = append(all.entries, obj(
			"name", name, "config", obj("name", name),
			"state", obj(
				"name", name, "type", "iana-if-type:ethernetCsmacd", "mtu", 1500, "description", m.portDescription(i), "enabled", true,
				"ifindex", i, "admin-status", "UP", "oper-status", oper, "last-change", strconv.FormatInt(boot.UnixNano(), 10),
				"counters", obj("in-octets", counter(boot, 1000*i), "in-discards", "0", "in-errors", errors, "out-octets", counter(boot, 2000*i),
					"out-discards", "0", "out-errors", "0", "carrier-transitions", strconv.Itoa(i)),
			),
			"subinterfaces", obj("subinterface", &list{keys: []string{"index"}, entries: []object{obj(
				"index", 0, "config", obj("index", 0),
				"openconfig-if-ip:ipv4", obj("addresses", obj("address", &list{keys: []string{"ip"}, entries: []object{obj(
					"ip", address, "config", obj("ip", address), "state", obj("ip", address, "prefix-length", 24),
				)}})),
			)}}),
		))
	}
	return obj("interface", all)
}

func (m model) ocInstances() object {
	const types = "openconfig-network-instance-types:"
	peers := &list{keys: []string{"neighbor-address"}}
	for _, p := range m.peers {
		state := map[string]string{"established": "ESTABLISHED", "idle": "IDLE"}[p.state]
		peers.entries = append(peers.entries, obj(
			"neighbor-address", p.address, "config", obj("neighbor-address", p.address),
			"state", obj("peer-as", p.as, "neighbor-address", p.address, "description", p.description, "session-state", state, "established-transitions", "1"),
		))
	}
	const bgp = "openconfig-policy-types:BGP"
	all := &list{keys: []string{"name"}, entries: []object{obj(
		"name", "default", "config", obj("name", "default"), "state", obj("name", "default", "type", types+"DEFAULT_INSTANCE"),
		"protocols", obj("protocol", &list{keys: []string{"identifier", "name"}, entries: []object{obj(
			"identifier", bgp, "name", "bgp", "config", obj("identifier", bgp, "name", "bgp"), "bgp", obj("neighbors", obj("neighbor", peers)),
		)}}),
	)}}
	for _, v := range m.vrfs {
		ports := &list{keys: []string{"id"}}
		for _, name := range v.interfaces {
			ports.entries = append(ports.entries, obj("id", name, "config", obj("id", name), "state", obj("id", name)))
		}
		all.entries = append(all.entries, obj(
			"name", v.name, "config", obj("name", v.name),
			"state", obj("name", v.name, "type", types+"L3VRF", "description", orNothing(v.description), "route-distinguisher", orNothing(v.rd)),
			"interfaces", obj("interface", ports),
		))
	}
	return obj("network-instance", all)
}

func (m model) ocNeighbors() object {
	all := &list{keys: []string{"name"}}
	for _, n := range m.neighbors() {
		all.entries = append(all.entries, obj("name", n.localPort, "config", obj("name", n.localPort), "neighbors", obj("neighbor", &list{
			keys: []string{"id"}, entries: []object{obj("id", "1", "state", obj(
				"system-name", n.device, "system-description", "A simulated device", "id", "1", "port-id", n.portName, "port-description", "uplink",
				"management-address", n.address,
			))},
		})))
	}
	return obj("interfaces", obj("interface", all))
}

func (m model) ocComponents() object {
	const types = "openconfig-platform-types:"
	return obj("component", &list{keys: []string{"name"}, entries: []object{
		obj("name", "Chassis", "config", obj("name", "Chassis"), "state", obj(
			"name", "Chassis", "type", types+"CHASSIS", "description", "Example router", "serial-no", "9EXAMPLE041", "part-no", "EX-100",
		)),
		obj("name", "CPU0", "config", obj("name", "CPU0"), "state", obj("name", "CPU0", "type", types+"CPU")),
	}})
}

func (m model) ocSystem(boot time.Time) object {
	servers := &list{keys: []string{"address"}}
	for _, address := range []string{"192.0.2.123", "192.0.2.124"} {
		servers.entries = append(servers.entries, obj("address", address, "config", obj("address", address), "state", obj(
			"address", address, "association-type", "SERVER", "stratum", 2, "poll-interval", 64,
		)))
	}
	return obj(
		"state", obj(
			"hostname", m.name, "current-datetime", live(func(now time.Time) any { return now.UTC().Format(time.RFC3339) }),
			"boot-time", strconv.FormatInt(boot.UnixNano(), 10),
		),
		"ntp", obj("servers", obj("server", servers)),
		"memory", obj("state", obj("physical", "8000000000", "reserved", "2000000000")),
		"cpus", obj("cpu", &list{keys: []string{"index"}, entries: []object{obj("index", 0, "state", obj(
			"index", 0, "total", obj("instant", 9, "avg", 6, "min", 1, "max", 61),
		))}}),
	)
}
