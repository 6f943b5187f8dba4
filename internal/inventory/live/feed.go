package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"overwatch/internal/inventory"
)

// Feed is a source and what its devices get where it doesn't say.
type Feed struct {
	Name    string // of the source, for people, such as netbox.example.com
	Key     string // identifies what is read; a feed takes over the devices of a previous one with the same key
	Source  inventory.Source
	Base    inventory.Device // port, platform, login and TLS where the source has none, and additional groups
	Refresh time.Duration    // how often it is read; only once where 0
}

// State is the state of a feed.
type State struct {
	Name    string
	Devices int
	At      time.Time // when they were read; zero if they never were
	Err     error     // a fault: why they are not up to date; nil if they are
}

// feed is a Feed with its last known devices. Live.mu guards all but the Feed.
type feed struct {
	Feed
	devices []inventory.Device // as the source returned them
	at      time.Time          // when it returned them
	emptied bool               // since then it returned none
	err     error
	logged  string // the last log line about devices that are left out
}

// complete returns a device with everything it needs, or why it can't be used.
func (f *feed) complete(d inventory.Device) (_ inventory.Device, problem string) {
	d.Name = inventory.Plain(d.Name)
	if d.Port == 0 {
		d.Port = f.Base.Port
	}
	if d.Platform == "" {
		d.Platform = f.Base.Platform
	}
	d.Login, d.TLS, d.Root = f.Base.Login, f.Base.TLS, f.Base.Root
	d.Groups = f.groups(d.Groups)
	switch {
	case d.Problem != "":
		return d, d.Problem
	case !inventory.ValidName(d.Name):
		return d, "no usable name"
	case d.Host == "":
		return d, "no address"
	case !inventory.ValidHost(d.Host):
		return d, fmt.Sprintf("address %q", d.Host)
	case d.Port < 1 || d.Port > 65535:
		return d, fmt.Sprintf("port %d", d.Port)
	}
	return d, ""
}

// groups returns the feed's groups and those of a device, with names that can be typed.
func (f *feed) groups(found []string) []string {
	groups := slices.Grow(slices.Clone(f.Base.Groups), len(found))
	for _, g := range found {
		if !inventory.ValidGroup(g) {
			kind, name, has := strings.Cut(g, ":")
			if g = inventory.Plain(kind); has {
				g += ":" + inventory.Plain(name)
			}
		}
		if inventory.ValidGroup(g) {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}
