package form

import "overwatch/internal/ifname"

// iface is the name of an interface. Abbreviations of IOS-XE are expanded, as in gi1/0/1; other names stay as
// they are.
type iface struct{ text }

func (iface) parse(_ Input, s string) (value, say string) {
	if full, ok := ifname.Canonical(s); ok {
		return full, ""
	}
	return s, ""
}
