package devicesim

import "fmt"

// end is one end of a cable.
type end struct {
	device   string
	number   int // of the device, and of its port
	port     int
	portName string
	address  string // management address
	platform string
}

// cables returns the links that CDP and LLDP report. Each end reports the other.
func cables() [][2]end {
	router := func(number, port int, address string) end {
		return end{fmt.Sprintf("r%d", number), number, port, fmt.Sprintf("GigabitEthernet%d", port), address, "C8000V"}
	}
	access := func(number, port int) end {
		return end{fmt.Sprintf("sw%d", number-10), number, port, fmt.Sprintf("GigabitEthernet1/0/%d", port), fmt.Sprintf("192.0.2.%d", number), fmt.Sprintf("C9300-%dT", 24*(number-10))}
	}
	core := func(port int) end {
		return end{"core1", 21, port, fmt.Sprintf("TenGigabitEthernet%d", port), fmt.Sprintf("10.0.%d.1", port), "C8000V"}
	}
	return [][2]end{
		{router(1, 1, "192.0.2.1"), router(2, 1, "192.0.2.2")},
		{router(1, 2, "10.1.2.1"), access(11, 1)},
		{router(3, 2, "10.3.2.1"), access(12, 1)},
		{core(1), access(11, 24)},
		{core(2), access(12, 24)},
	}
}

// neighbor is a device at the other end of a cable.
type neighbor struct {
	localPort string
	end
}

func (m model) neighbors() (found []neighbor) {
	for _, c := range cables() {
		switch m.name {
		case c[0].device:
			found = append(found, neighbor{c[0].portName, c[1]})
		case c[1].device:
			found = append(found, neighbor{c[1].portName, c[0]})
		}
	}
	return found
}

// neighbor returns the device at the other end of a port's cable, if there is one.
func (m model) neighbor(port int) (end, bool) {
	for _, n := range m.neighbors() {
		if n.localPort == m.portName(port) {
			return n.end, true
		}
	}
	return end{}, false
}

// mac returns the MAC address of a device's port.
func mac(device, port int) string {
	return fmt.Sprintf("00:00:5e:%02x:%02x:%02x", device, port>>8, port&255)
}

// vlanIDs are the VLANs of the switches. Port i belongs to VLAN (i-1) mod 3.
var vlanIDs = [...]int{1, 10, 20}

// station returns the MAC address of the host at an access port of a switch: one of the addresses for
// documentation, 00:00:5e:00:53:00 to ff (RFC 7042, 2.1.2).
func station(switchNumber, port int) string {
	return fmt.Sprintf("00:00:5e:00:53:%02x", (switchNumber-11)*0x40+port)
}

// macBehind returns the MAC address that a switch learns at a port.
func (m model) macBehind(port int) string {
	if n, ok := m.neighbor(port); ok {
		return mac(n.number, n.port)
	}
	return station(m.number, port)
}

// macOf returns the MAC address of an ARP neighbor at a port: of the device at the other end of its
// cable, or of a host in the same VLAN of the switch there.
func (m model) macOf(address string, port int) string {
	n, ok := m.neighbor(port)
	switch {
	case ok && n.address == address:
		return mac(n.number, n.port)
	case ok && n.number/10 == 1: // a switch
		return station(n.number, n.port+len(vlanIDs))
	}
	return mac(m.number+100, port)
}
