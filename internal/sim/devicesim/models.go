package devicesim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// username and password are accepted by every device but locked1.
const (
	username = "netops"
	password = "playground"
)

// model describes a device of the lab.
type model struct {
	name    string
	site    string
	groups  []string
	note    string
	release string
	number  int // distinguishes addresses and serial numbers; 11 to 19 are switches
	vrfs    []vrf
	ports   int           // Ethernet interfaces
	peers   []peer        // BGP neighbors
	delay   time.Duration // before every answer
	down    bool          // refuses connections
	locked  bool          // refuses the password of the inventory
	old     bool          // has the data of releases before 17.6
	odd     bool          // has a description full of Markdown characters
	routes  int           // in addition to those of its networks
	oc      bool          // has OpenConfig models
}

type vrf struct {
	name, rd, description string
	families              []string
	interfaces            []string
}

type peer struct {
	address, vrf, description, state, since string
	as, prefixes                            int
}

// has reports whether the release is 17.minor or later.
func (m model) has(minor int) bool {
	n := 0
	_, err := fmt.Sscanf(m.release, "17.%d", &n)
	return err == nil && n >= minor
}

func (m model) platform() string {
	if m.oc {
		return "openconfig"
	}
	return "ios-xe"
}

func (m model) password() string {
	if m.locked {
		return "another password"
	}
	return password
}

// models returns the devices of the lab. Together they give every kind of answer.
func models(slow time.Duration, routes int) []model {
	ipv4, both := []string{"ipv4"}, []string{"ipv4", "ipv6"}
	return []model{
		{
			name: "r1", site: "paris", groups: []string{"edge"}, note: "an edge router", release: "17.12.1", number: 1, ports: 4, odd: true,
			vrfs: []vrf{
				{"CORP", "65000:1", "Staff", both, []string{"GigabitEthernet2"}},
				{"GUEST", "65000:2", "Guests, Internet only", ipv4, []string{"GigabitEthernet3"}},
				{"MGMT", "", "", ipv4, []string{"GigabitEthernet4"}},
			},
			peers: []peer{
				{"192.0.2.2", "default", "r2 over the ring", "established", "3d04h", 65000, 812},
				{"198.51.100.9", "CORP", "provider A", "established", "5w1d", 64500, 951243},
				{"198.51.100.13", "CORP", "provider B", "idle", "never", 64501, 0},
			},
		},
		{
			name: "r2", site: "paris", groups: []string{"edge"}, note: "an edge router", release: "17.12.1", number: 2, ports: 4,
			vrfs: []vrf{
				{"CORP", "65000:1", "Staff", both, []string{"GigabitEthernet2"}},
				{"VOICE", "65000:3", "Telephones", ipv4, []string{"GigabitEthernet3"}},
			},
			peers: []peer{{"192.0.2.1", "default", "r1 over the ring", "established", "3d04h", 65000, 811}},
		},
		{name: "r3", site: "berlin", note: "no VRFs, no BGP", release: "17.12.1", number: 3, ports: 2},
		{
			name: "r4", site: "berlin", note: "an older release", release: "17.3.4", number: 4, ports: 2, old: true,
			vrfs: []vrf{{"LEGACY", "10.0.0.4:7", "To be moved", ipv4, []string{"GigabitEthernet2"}}},
		},
		{name: "sw1", site: "paris", groups: []string{"switches"}, note: "a switch with 24 ports", release: "17.9.4", number: 11, ports: 24},
		{name: "sw2", site: "berlin", groups: []string{"switches"}, note: "a switch with 48 ports", release: "17.15.4", number: 12, ports: 48},
		{
			name: "core1", site: "paris", groups: []string{"core"}, note: "2,000 interfaces, 60 VRFs and many routes", release: "17.12.1", number: 21, ports: 2000,
			vrfs: manyVRFs(60), routes: routes,
		},
		{
			name: "oc1", site: "berlin", groups: []string{"edge"}, note: "another vendor: OpenConfig", number: 41, ports: 6, oc: true,
			vrfs:  []vrf{{"CORP", "65000:1", "Staff", ipv4, []string{"GigabitEthernet2"}}},
			peers: []peer{{"192.0.2.3", "default", "r3", "established", "1w", 65003, 12}, {"198.51.100.41", "default", "provider C", "idle", "never", 64502, 0}},
		},
		{
			name: "slow1", site: "berlin", note: fmt.Sprintf("slow: answers after %v", slow), release: "17.12.1", number: 31, ports: 2, delay: slow,
			vrfs: []vrf{{"CORP", "65000:1", "Staff", ipv4, nil}},
		},
		{name: "locked1", site: "berlin", note: "refuses the password in the inventory", release: "17.12.1", number: 32, locked: true},
		{name: "down1", site: "paris", note: "down", number: 33, down: true},
	}
}

func manyVRFs(n int) []vrf {
	list := make([]vrf, n)
	for i := range list {
		list[i] = vrf{
			name: fmt.Sprintf("CUSTOMER-%03d", i+1), rd: fmt.Sprintf("65000:%d", 1000+i), description: fmt.Sprintf("Customer number %d", i+1),
			families: []string{"ipv4"}, interfaces: []string{fmt.Sprintf("TenGigabitEthernet%d", i+1)},
		}
	}
	return list
}

// portName returns the name of the i-th port, counted from 1.
func (m model) portName(i int) string {
	switch {
	case m.ports > 100:
		return "TenGigabitEthernet" + strconv.Itoa(i)
	case m.ports > 10:
		return "GigabitEthernet1/0/" + strconv.Itoa(i)
	}
	return "GigabitEthernet" + strconv.Itoa(i)
}

// up reports whether the i-th port is up.
func up(i int) bool { return i%5 != 0 }

// shut reports whether the i-th port is administratively down.
func shut(i int) bool { return i%10 == 0 }

// portAddress returns the address of the i-th port: of a documentation network, or of a private one where
// those are too small.
func (m model) portAddress(i int) (address, mask string) {
	switch {
	case m.isSwitch():
		return "0.0.0.0", "0.0.0.0" // a switch's port has none
	case m.ports > 100:
		return fmt.Sprintf("10.%d.%d.1", i/250, i%250), "255.255.255.252"
	case i == 1:
		return fmt.Sprintf("192.0.2.%d", m.number), "255.255.255.0"
	}
	return fmt.Sprintf("10.%d.%d.1", m.number, i), "255.255.255.0"
}

func (m model) portVRF(i int) string {
	name := m.portName(i)
	for _, v := range m.vrfs {
		if slices.Contains(v.interfaces, name) {
			return v.name
		}
	}
	return ""
}

func (m model) portDescription(i int) string {
	switch {
	case m.odd && i == 3:
		return "__uplink__ *to* [r2](x) ${name} <b>"
	case i == 1:
		return "uplink"
	case !up(i):
		return ""
	}
	return fmt.Sprintf("port %d of %s", i, m.name)
}

func (m model) isSwitch() bool { return m.ports > 10 && m.ports <= 100 }

func (m model) chassis() string {
	if m.isSwitch() {
		return "C9300-" + strconv.Itoa(m.ports) + "T"
	}
	return "C8000V"
}

func (m model) vrfNames() []string {
	names := make([]string, len(m.vrfs))
	for i, v := range m.vrfs {
		names[i] = v.name
	}
	return names
}
