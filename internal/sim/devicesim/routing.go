package devicesim

import (
	"fmt"
	"strconv"
	"time"
)

// adjacency is an OSPF neighbor.
type adjacency struct {
	port           int
	router, addr   string
	area           uint32
	state, ifState string
}

// adjacencies returns the OSPF neighbors. Only r1 and r2 run OSPF, with each other.
func (m model) adjacencies() []adjacency {
	switch m.name {
	case "r1":
		return []adjacency{
			{1, "192.0.2.2", "192.0.2.2", 0, "full", "dr"},
			{2, "192.0.2.3", "10.1.2.3", 0, "init", "point-to-point"},
		}
	case "r2":
		return []adjacency{{1, "192.0.2.1", "192.0.2.1", 0, "full", "backup"}}
	}
	return nil
}

// number32 converts an IPv4 address to a number, as the OSPF model has router ids.
func number32(address string) uint32 {
	var a, b, c, d uint32
	_, _ = fmt.Sscanf(address, "%d.%d.%d.%d", &a, &b, &c, &d) // a valid address of ours
	return a<<24 | b<<16 | c<<8 | d
}

func (m model) ospf() object {
	if len(m.adjacencies()) == 0 {
		// As a device without OSPF answers.
		return obj("ospf-state", obj("op-mode", "ospf-ships-in-the-night"))
	}
	router := "192.0.2." + strconv.Itoa(m.number)
	ports := &list{keys: []string{"name"}}
	older := &list{keys: []string{"name"}}
	for _, a := range m.adjacencies() {
		ports.entries = append(ports.entries, obj(
			"name", m.portName(a.port), "network-type", "ospf-broadcast", "passive", false, "cost", 1, "hello-interval", 10, "dead-interval", 40,
			"dr-ip", "192.0.2.1", "bdr-ip", "192.0.2.2", "state", "ospfv2-interface-state-"+a.ifState,
			"ospfv2-neighbor", &list{keys: []string{"nbr-id"}, entries: []object{obj(
				"nbr-id", number32(a.router), "address", a.addr, "dr", number32("192.0.2.1"), "bdr", number32("192.0.2.2"),
				"dr-ip", "192.0.2.1", "bdr-ip", "192.0.2.2", "event-count", 6, "retrans-count", 0, "state", "ospf-nbr-"+a.state, "dead-timer", 34,
			)}},
		))
		older.entries = append(older.entries, obj(
			"name", m.portName(a.port), "ospf-neighbor", &list{keys: []string{"neighbor-id"}, entries: []object{obj(
				"neighbor-id", a.router, "address", a.addr, "dr", "192.0.2.1", "bdr", "192.0.2.2", "state", "ospf-nbr-"+a.state,
			)}},
		))
	}
	lsas := &list{keys: []string{"lsa-type", "lsa-id", "advertising-router"}}
	for i := 1; i <= 2; i++ { // of r1 and r2
		id := number32("192.0.2." + strconv.Itoa(i))
		lsas.entries = append(lsas.entries, obj("lsa-type", 1, "lsa-id", id, "advertising-router", id, "lsa-age", 300*i, "lsa-seq-number", 2147483650))
	}
	return obj(
		"ospf-state", obj("op-mode", "ospf-ships-in-the-night", "ospf-instance", &list{keys: []string{"af", "router-id"}, entries: []object{obj(
			"af", "address-family-ipv4", "router-id", number32(router), "ospf-area", &list{keys: []string{"area-id"}, entries: []object{obj(
				"area-id", 0, "ospf-interface", older,
			)}},
		)}}),
		"ospfv2-instance", &list{keys: []string{"instance-id"}, entries: []object{obj(
			"instance-id", 1, "vrf-name", "default", "router-id", number32(router),
			"ospfv2-area", &list{keys: []string{"area-id"}, entries: []object{obj("area-id", 0, "ospfv2-lsdb-area", lsas, "ospfv2-interface", ports)}},
		)}},
	)
}

// routing has a table of routes for the default VRF and for each of its own.
func (m model) routing(started time.Time) any {
	instances := &list{keys: []string{"name"}}
	for _, name := range append([]string{"default"}, m.vrfNames()...) {
		routes := m.routesOf(name, started)
		if routes == nil {
			continue
		}
		instances.entries = append(instances.entries, obj("name", name, "ribs", obj("rib", &list{keys: []string{"name"}, entries: []object{obj(
			"name", "ipv4-default", "address-family", "ietf-ipv4-unicast-routing:ipv4-unicast", "routes", obj("route", routes),
		)}})))
	}
	if len(instances.entries) == 0 {
		return nothing{{"routing-instance", instances}}
	}
	return obj("routing-instance", instances)
}

func (m model) routesOf(vrf string, started time.Time) any {
	if m.isSwitch() || m.ports == 0 {
		return nil
	}
	routes := &list{keys: []string{"destination-prefix"}}
	add := func(prefix, source string, preference, metric int, port, gateway string, age time.Duration) {
		routes.entries = append(routes.entries, route(prefix, source, preference, metric, port, gateway, started.Add(-age)))
	}
	for i := 1; i <= min(m.ports, 400); i++ {
		in, address := m.portVRF(i), ""
		if address, _ = m.portAddress(i); in == "" {
			in = "default"
		}
		if in != vrf || !up(i) {
			continue
		}
		network := address[:len(address)-len(lastPart(address))] + "0/24"
		if m.ports > 100 {
			network = address[:len(address)-1] + "0/30"
		}
		add(network, "ietf-routing:direct", 0, 0, m.portName(i), "0.0.0.0", time.Hour)
	}
	switch {
	case vrf == "default" && m.routes > 0:
		return &generated{
			keys: routes.keys, count: len(routes.entries) + m.routes,
			entry: func(i int) object {
				if i < len(routes.entries) {
					return routes.entries[i]
				}
				return internetRoute(i-len(routes.entries), m, started)
			},
		}
	case vrf == "default":
		add("0.0.0.0/0", "ietf-routing:static", 1, 0, "", "192.0.2.254", 5*24*time.Hour)
		if len(m.adjacencies()) > 0 {
			add("10.0.0.0/8", "ietf-ospf:ospfv2", 110, 20, m.portName(1), m.adjacencies()[0].addr, 3*time.Hour)
		}
	case vrf == "CORP" && len(m.peers) > 0:
		add("0.0.0.0/0", "cisco-routing-ext:bgp", 20, 0, "", "198.51.100.9", 36*24*time.Hour)
		add("10.20.0.0/16", "cisco-routing-ext:bgp", 20, 0, "", "198.51.100.9", 36*24*time.Hour)
		add("10.20.30.0/24", "cisco-routing-ext:bgp", 20, 0, "", "198.51.100.9", 2*time.Minute)
	}
	return routes
}

func lastPart(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '.' {
			return address[i+1:]
		}
	}
	return address
}

func route(prefix, source string, preference, metric int, port, gateway string, updated time.Time) object {
	return obj(
		"destination-prefix", prefix, "route-preference", preference, "metric", metric,
		"next-hop", obj("outgoing-interface", port, "next-hop-address", gateway),
		"source-protocol", source, "active", []any{nil}, "last-updated", updated.UTC().Format(deviceTime),
	)
}

// internetRoute returns the n-th of many /24 routes from 11.0.0.0 on.
func internetRoute(n int, m model, started time.Time) object {
	prefix := fmt.Sprintf("%d.%d.%d.0/24", 11+n>>16, n>>8&255, n&255)
	return route(prefix, "cisco-routing-ext:bgp", 20, n%200, "", fmt.Sprintf("10.0.%d.2", n%200), started.Add(-time.Duration(n%86400)*time.Second))
}

func (m model) hsrp() any {
	groups := &list{keys: []string{"group-id", "if-name"}}
	if m.name == "r1" || m.name == "r2" {
		state, active, standby := "active", "10.1.2.1", "10.2.2.1"
		if m.name == "r2" {
			state, active, standby = "standby", "10.1.2.1", "10.2.2.1"
		}
		groups.entries = append(groups.entries, obj(
			"group-id", 2, "if-name", m.portName(2), "priority", 110-10*m.number, "preempt", m.name == "r1", "state", "hsrp-state-"+state,
			"active-ip", active, "standby-ip", standby, "virtual-ip", "10.1.2.254",
		))
	}
	if len(groups.entries) == 0 {
		return nothing{{"hsrp-group-info", groups}}
	}
	return obj("hsrp-group-info", groups)
}

func (m model) vrrp() any {
	if m.name != "r2" {
		return nothing{{"vrrp-oper-state", &list{keys: []string{"if-number", "group-id", "addr-type"}}}}
	}
	return obj("vrrp-oper-state", &list{keys: []string{"if-number", "group-id", "addr-type"}, entries: []object{obj(
		"if-number", 3, "group-id", 7, "addr-type", "ipv4-address", "virtual-ip", "10.2.3.254", "if-name", m.portName(3), "vrrp-state", "proto-state-master",
		"master-ip", "10.2.3.1", "priority", 100, "preempt", true, "last-state-change-time", "2026-11-20T06:00:00+00:00",
	)}})
}

func (m model) bfd() any {
	sessions := &list{keys: []string{"type"}}
	if len(m.adjacencies()) == 0 {
		return nothing{{"sessions", nothing{{"session", sessions}}}}
	}
	neighbors := &list{keys: []string{"ip", "interface"}}
	for i, a := range m.adjacencies() {
		state, remote := "up", "remote-up"
		if a.state != "full" {
			state, remote = "down", "remote-down"
		}
		neighbors.entries = append(neighbors.entries, obj(
			"ip", a.addr, "interface", m.portName(a.port), "ld", 4097+i, "rd", 1+i, "remote-state", remote, "state", state,
		))
	}
	sessions.entries = append(sessions.entries, obj("type", "ipv4", "bfd-nbrs", obj("bfd-nbr", neighbors)))
	return obj("sessions", obj("session", sessions))
}

// static returns the configured static routes.
func (m model) static() any {
	routes := &list{keys: []string{"prefix", "mask"}}
	if m.isSwitch() || m.ports == 0 || m.number == 3 {
		return nothing{{"ip-route-interface-forwarding-list", routes}}
	}
	hops := &list{keys: []string{"fwd"}, entries: []object{obj("fwd", "192.0.2.254")}}
	routes.entries = append(routes.entries, obj("prefix", "0.0.0.0", "mask", "0.0.0.0", "fwd-list", hops))
	return obj("ip-route-interface-forwarding-list", routes)
}
