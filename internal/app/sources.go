package app

import (
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"overwatch/internal/inventory/ansible"
	"overwatch/internal/inventory/devicefile"
	"overwatch/internal/inventory/live"
	"overwatch/internal/inventory/netbox"
)

// newFeed makes a source of devices from its entry in the device file. This is where a kind of source
// is added.
func newFeed(s devicefile.Source, log logrus.FieldLogger) (live.Feed, error) {
	f := live.Feed{Base: s.Base, Refresh: s.Refresh}
	if s.Ansible != "" {
		f.Name = filepath.Base(s.Ansible)
		f.Source = ansible.New(ansible.Options{
			Path: s.Ansible, Groups: s.Filter["group"], Platforms: s.Platforms, Warn: func(text string) { log.WithField("source", f.Name).Warn(text) },
		})
		f.Key = sourceKey(s.Ansible, s)
		return f, nil
	}
	if u, err := url.Parse(s.NetBox); err == nil {
		f.Name = u.Host
	}
	source, err := netbox.New(netbox.Options{
		URL: s.NetBox, Token: s.Token, CA: s.CA, Filter: url.Values(s.Filter), Platforms: s.Platforms, PortField: s.PortField, Proxy: s.Proxy,
	})
	f.Source, f.Key = source, sourceKey(s.NetBox, s)
	return f, err
}

// sourceKey identifies what is read from a source.
func sourceKey(address string, s devicefile.Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q port=%q filter=%q", address, s.PortField, url.Values(s.Filter).Encode())
	for _, name := range slices.Sorted(maps.Keys(s.Platforms)) {
		fmt.Fprintf(&b, " %q=%q", name, s.Platforms[name])
	}
	return b.String()
}
