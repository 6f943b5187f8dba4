// Package ifname knows how IOS-XE names interfaces: it expands abbreviations and compares names however
// they are written.
//
// It is a leaf: it knows no device and no query, and every package may import it.
package ifname

import (
	"regexp"
	"slices"
	"strings"
)

// Platform is the platform of devices whose interfaces are named like this, as in the inventory.
const Platform = "ios-xe"

// types are the types of interfaces as IOS-XE writes them in full (Interface and Hardware Component Command
// Reference, IOS XE 17). Where several begin alike, the first one is what an abbreviation means, as in
// Te1/0/1 and Fo1/0/1.
var types = []string{
	"GigabitEthernet", "TenGigabitEthernet", "FastEthernet", "FortyGigabitEthernet", "HundredGigE", "TwentyFiveGigE", "TwoGigabitEthernet",
	"FiveGigabitEthernet", "TwoHundredGigE", "FourHundredGigE", "FiftyGigE", "AppGigabitEthernet", "Ethernet", "Port-channel", "Loopback", "Vlan", "Tunnel",
	"Serial", "BDI", "BVI", "Dialer", "Multilink", "NVE", "Cellular", "ATM", "POS", "Wlan-GigabitEthernet", "VirtualPortGroup",
	"Virtual-Template", "Virtual-Access", "Bluetooth", "Async", "LISP", "Overlay", "Null",
}

// short are abbreviations that aren't the beginning of a type, or that mean another one than the first
// that begins so.
var short = map[string]string{
	"g": "GigabitEthernet", "gige": "GigabitEthernet", "ge": "GigabitEthernet", "t": "TenGigabitEthernet", "tengige": "TenGigabitEthernet",
	"f": "FastEthernet", "po": "Port-channel",
	"twe": "TwentyFiveGigE", "two": "TwoGigabitEthernet", "tw": "TwoGigabitEthernet", "hu": "HundredGigE", "ap": "AppGigabitEthernet", "tu": "Tunnel",
}

// name is a type and a number: slots with slashes, a subinterface behind a dot, a channel behind a colon.
var name = regexp.MustCompile(`^([A-Za-z][A-Za-z-]*?) ?(\d+(?:/\d+)*(?:\.\d+)?(?::\d+)?)$`)

var number = regexp.MustCompile(`^\d+(?:/\d+)*(?:\.\d+)?(?::\d+)?$`)

// Type returns the type in full that an abbreviation means, in any case; ok is false when there is none.
func Type(abbreviation string) (full string, ok bool) {
	a := strings.ToLower(abbreviation)
	if full, ok := short[a]; ok {
		return full, true
	}
	if len(a) < 2 {
		return "", false
	}
	for _, t := range types {
		if strings.HasPrefix(strings.ToLower(t), a) {
			return t, true
		}
	}
	return "", false
}

// IsNumber reports whether text is the number of an interface, such as 1/0/24.100.
func IsNumber(text string) bool { return number.MatchString(text) }

// Canonical returns the name in full, such as GigabitEthernet1/0/1 for gi 1/0/1; ok is false when text isn't
// the name of an interface.
func Canonical(text string) (full string, ok bool) {
	m := name.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return "", false
	}
	t, ok := Type(m[1])
	return t + m[2], ok
}

// Short returns the name as IOS-XE abbreviates it, such as Gi1/0/1 for GigabitEthernet1/0/1, which Canonical
// reads back. Text that isn't the full name of an interface is returned as it is.
func Short(text string) string {
	m := name.FindStringSubmatch(text)
	if m == nil || !slices.Contains(types, m[1]) || m[1]+m[2] != text {
		return text
	}
	for n := 2; n < len(m[1]); n++ {
		if full, ok := Type(m[1][:n]); ok && full == m[1] {
			return m[1][:n] + m[2]
		}
	}
	return text
}

// Same reports whether two texts name the same interface.
func Same(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	fullA, okA := Canonical(a)
	fullB, okB := Canonical(b)
	return okA && okB && fullA == fullB
}
