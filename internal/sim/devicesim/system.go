package devicesim

import (
	"strconv"
	"strings"
	"time"
)

// What a device says of its load, its neighbors and its VLANs; the rest of its data is in data.go.

func (m model) isSwitch() bool { return m.ports > 10 && m.ports <= 100 }

func (m model) chassis() string {
	if m.isSwitch() {
		return "C9300-" + strconv.Itoa(m.ports) + "T"
	}
	return "C8000V"
}

// cpu is a load that goes up and down within a minute or so.
func (m model) cpu() object {
	load := func(step time.Duration) live {
		return func(now time.Time) any { return 3 + m.number%5 + int(now.Unix()/int64(step/time.Second)%12) }
	}
	return obj("cpu-utilization", obj(
		"five-seconds", load(5*time.Second),
		"five-seconds-intr", 0,
		"one-minute", load(time.Minute),
		"five-minutes", load(5*time.Minute),
		"cpu-usage-processes", m.processes(),
	))
}

func (m model) memory() object {
	pools := &list{keys: []string{"name"}}
	for _, p := range []struct {
		name        string
		total, used int
	}{
		{"Processor", 2_000_000_000, 310_000_000 + 1_000_000*m.number},
		{"reserve Processor", 102_404, 92},
		{"lsmpi_io", 6_295_128, 6_294_304},
	} {
		free := strconv.Itoa(p.total - p.used)
		pools.entries = append(pools.entries, obj(
			"name", p.name, "total-memory", strconv.Itoa(p.total), "used-memory", strconv.Itoa(p.used),
			"free-memory", free, "lowest-usage", free, "highest-usage", free,
		))
	}
	return obj("memory-statistic", pools)
}

// end is where a cable of the lab ends.
type end struct{ device, port, address, platform string }

// cables are what CDP and LLDP find. Each end sees the other.
func cables() [][2]end {
	const router, gi1, gi2 = "C8000V", "GigabitEthernet1", "GigabitEthernet2"
	return [][2]end{
		{{"r1", gi1, "192.0.2.1", router}, {"r2", gi1, "192.0.2.2", router}},
		{{"r1", gi2, "10.1.2.1", router}, {"sw1", "GigabitEthernet1/0/1", "192.0.2.11", "C9300-24T"}},
		{{"r3", gi2, "10.3.2.1", router}, {"sw2", "GigabitEthernet1/0/1", "192.0.2.12", "C9300-48T"}},
	}
}

type neighbor struct {
	localPort string
	end
}

func (m model) neighbors() (found []neighbor) {
	for _, c := range cables() {
		switch m.name {
		case c[0].device:
			found = append(found, neighbor{c[0].port, c[1]})
		case c[1].device:
			found = append(found, neighbor{c[1].port, c[0]})
		}
	}
	return found
}

func (m model) cdp() any {
	all := &list{keys: []string{"device-id"}} // a number of the device's own, not the neighbor's name
	for i, n := range m.neighbors() {
		all.entries = append(all.entries, obj(
			"device-id", i+1, "device-name", n.device, "local-intf-name", n.localPort, "port-id", n.port,
			"capability", "Router Switch IGMP ", "platform-name", "cisco "+n.platform, "version", "A simulated device",
			"duplex", "cdp-full-duplex", "adv-version", "cdp-advertised-v2", "native-vlan", 0,
			"mgmt-address", n.address, "ip-address", n.address,
		))
	}
	if len(all.entries) == 0 {
		return nothing{{"cdp-neighbor-detail", all}}
	}
	return obj("cdp-neighbor-detail", all)
}

// lldp has the list with short names of ports and the one with whole names, as devices do.
func (m model) lldp() any {
	entries := &list{keys: []string{"device-id", "local-interface", "connecting-interface"}}
	ports := &list{keys: []string{"if-name"}}
	short := strings.NewReplacer("GigabitEthernet", "Gi")
	set := []any{nil} // a leaf of the type empty (RFC 7951, 6.9)
	for _, n := range m.neighbors() {
		capabilities := obj("bridge", set, "router", set)
		entries.entries = append(entries.entries, obj(
			"device-id", n.device, "local-interface", short.Replace(n.localPort), "connecting-interface", short.Replace(n.port),
			"ttl", 120, "capabilities", capabilities,
		))
		ports.entries = append(ports.entries, obj("if-name", n.localPort, "isenabled", true, "lldp-neighbor-details", &list{
			keys: []string{"identifier"}, entries: []object{obj(
				"identifier", "1", "port-id", n.port, "port-desc", "uplink", "system-name", n.device, "system-desc", "A simulated device",
				"time-remaining", 101, "mgmt-addrs", &list{entries: []object{obj("mgmt-addr", n.address)}},
				"system-capabilities", capabilities,
			)},
		}))
	}
	if len(entries.entries) == 0 {
		return nothing{{"lldp-entry", entries}, {"lldp-intf-details", ports}}
	}
	return obj("lldp-entry", entries, "lldp-intf-details", ports)
}

// vlans shares a switch's ports among three VLANs; the fourth is suspended and has none.
func (m model) vlans() any {
	all := &list{keys: []string{"id"}}
	if !m.isSwitch() {
		return nothing{{"vlan", all}}
	}
	names := []string{"default", "STAFF", "GUESTS"}
	for v, name := range names {
		ports := &list{keys: []string{"interface"}}
		for i := 1 + v; i <= m.ports; i += len(names) {
			ports.entries = append(ports.entries, obj("interface", m.portName(i)))
		}
		all.entries = append(all.entries, obj("id", max(1, 10*v), "name", name, "status", "active", "vlan-interfaces", ports))
	}
	all.entries = append(all.entries, obj("id", 99, "name", "TO-BE-REMOVED", "status", "suspend"))
	return obj("vlan", all)
}
