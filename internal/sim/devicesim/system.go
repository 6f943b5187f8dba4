package devicesim

import (
	"strconv"
	"strings"
	"time"
)

// cpu returns a load that rises and falls every minute.
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

func (m model) cdp() any {
	all := &list{keys: []string{"device-id"}} // a number that the device assigns, not the neighbor's name
	for i, n := range m.neighbors() {
		all.entries = append(all.entries, obj(
			"device-id", i+1, "device-name", n.device, "local-intf-name", n.localPort, "port-id", n.portName,
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

// lldp returns two lists, as devices do: one with short interface names and one with full names.
func (m model) lldp() any {
	entries := &list{keys: []string{"device-id", "local-interface", "connecting-interface"}}
	ports := &list{keys: []string{"if-name"}}
	short := strings.NewReplacer("TenGigabitEthernet", "Te", "GigabitEthernet", "Gi")
	set := []any{nil} // a leaf of the type empty (RFC 7951, 6.9)
	for _, n := range m.neighbors() {
		capabilities := obj("bridge", set, "router", set)
		entries.entries = append(entries.entries, obj(
			"device-id", n.device, "local-interface", short.Replace(n.localPort), "connecting-interface", short.Replace(n.portName),
			"ttl", 120, "capabilities", capabilities,
		))
		ports.entries = append(ports.entries, obj("if-name", n.localPort, "isenabled", true, "lldp-neighbor-details", &list{
			keys: []string{"identifier"}, entries: []object{obj(
				"identifier", "1", "port-id", n.portName, "port-desc", "uplink", "system-name", n.device, "system-desc", "A simulated device",
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

// vlans distributes a switch's ports over three VLANs. The fourth one is suspended and has no ports.
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
