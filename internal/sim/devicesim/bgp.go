package devicesim

// connection returns what a router remembers of its sessions with a neighbor.
func (p peer) connection() object {
	if p.state != "established" {
		return obj("total-established", 0, "total-dropped", 0, "last-reset", "never")
	}
	return obj("state", "established", "total-established", 2, "total-dropped", 1, "last-reset", p.since, "reset-reason", "Peer closed the session")
}

// bgpTables returns the table of CORP where a provider sends routes: a default route and two others.
func (m model) bgpTables() any {
	tables := &list{keys: []string{"vrf"}}
	for _, p := range m.peers {
		if p.vrf == "default" || p.state != "established" {
			continue
		}
		routes, received := &list{keys: []string{"prefix"}}, &list{keys: []string{"prefix"}}
		for _, r := range [...]struct{ prefix, path string }{{"0.0.0.0/0", "64500"}, {"10.20.0.0/16", "64500 64510"}, {"10.20.30.0/24", "64500 64511"}} {
			path := obj("nexthop", p.address, "metric", 0, "local-pref", 100, "weight", 0, "as-path", r.path, "origin", "origin-igp",
				"path-status", obj("valid", []any{nil}, "bestpath", []any{nil}))
			one := func() *list { return &list{keys: []string{"nexthop"}, entries: []object{path}} }
			routes.entries = append(routes.entries, obj("prefix", r.prefix, "bgp-path-entries", obj("bgp-path-entry", one())))
			received.entries = append(received.entries, obj("prefix", r.prefix, "bgp-neighbor-path-entries", obj("bgp-neighbor-path-entry", one())))
		}
		tables.entries = append(tables.entries, obj("vrf", p.vrf, "bgp-route-afs", obj("bgp-route-af", &list{
			keys: []string{"afi-safi"}, entries: []object{obj(
				"afi-safi", "ipv4-unicast",
				"bgp-route-filters", obj("bgp-route-filter", &list{keys: []string{"route-filter"}, entries: []object{obj(
					"route-filter", "bgp-rf-all", "bgp-route-entries", obj("bgp-route-entry", routes),
				)}}),
				"bgp-route-neighbors", obj("bgp-route-neighbor", &list{keys: []string{"nbr-id"}, entries: []object{obj(
					"nbr-id", p.address, "bgp-neighbor-route-filters", obj("bgp-neighbor-route-filter", &list{keys: []string{"nbr-fltr"}, entries: []object{obj(
						"nbr-fltr", "bgp-nrf-post-received", "bgp-neighbor-route-entries", obj("bgp-neighbor-route-entry", received),
					)}}),
				)}}),
			)},
		})))
	}
	if len(tables.entries) == 0 {
		return nothing{{"bgp-route-vrf", tables}}
	}
	return obj("bgp-route-vrf", tables)
}
