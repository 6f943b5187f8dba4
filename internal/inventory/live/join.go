package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"overwatch/internal/inventory"
)

// join makes one inventory of fixed devices and those of feeds. Of two devices with one name the first
// counts.
func join(fixed []inventory.Device, feeds []*feed, log logrus.FieldLogger) (*inventory.Inventory, error) {
	devices := slices.Clone(fixed)
	first := map[string]string{} // where a name is first, by its lower case
	for _, d := range devices {
		first[strings.ToLower(d.Name)] = "the device file"
	}
	var stale []inventory.Stale
	for _, f := range feeds {
		var left []string
		for _, found := range f.devices {
			d, problem := f.complete(found)
			name := strings.ToLower(d.Name)
			if where, twice := first[name]; problem == "" && twice {
				problem = "already in " + where
			}
			if problem != "" {
				left = append(left, fmt.Sprintf("%s (%s)", found.Name, problem))
				continue
			}
			first[name] = f.Name
			devices = append(devices, d)
		}
		f.logLeft(left, log)
		if f.err != nil && !f.at.IsZero() {
			stale = append(stale, inventory.Stale{Source: f.Name, Devices: len(f.devices), At: f.at})
		}
	}
	return inventory.New(devices, stale...)
}

// logLeft logs which devices are left out, once for each set of them.
func (f *feed) logLeft(left []string, log logrus.FieldLogger) {
	const most = 5
	text := strings.Join(left[:min(most, len(left))], ", ")
	if len(left) > most {
		text += ", ..."
	}
	if len(left) > 0 && text != f.logged {
		log.WithField("source", f.Name).Warnf("%d of %d devices are left out: %s", len(left), len(f.devices), text)
	}
	f.logged = text
}
