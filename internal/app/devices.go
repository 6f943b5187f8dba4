package app

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/ansible"
	"overwatch/internal/inventory/devicefile"
	"overwatch/internal/inventory/live"
	"overwatch/internal/inventory/netbox"
)

// loadDevices reads the device file and the sources it names. A source that fails keeps the devices it
// had; a bot without any device is an error only if waiting won't help.
func (a *Answering) loadDevices(ctx context.Context, k *known) error {
	file, err := devicefile.Read(a.settings.Inventory)
	if err != nil {
		return err
	}
	for _, w := range file.Warnings {
		a.log.Warn(w)
	}
	o := live.Options{Fixed: file.Devices, CopyDir: a.copies, Log: a.log, Now: time.Now}
	if before := a.known.Load(); before != nil {
		o.Previous = before.sources
	}
	for _, s := range file.Sources {
		f, err := feed(s)
		if err != nil {
			return err
		}
		o.Feeds = append(o.Feeds, f)
	}
	if k.sources, err = live.New(o); err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Give each device a name of its own."}
	}
	err = k.sources.Refresh(ctx)
	k.inventory, k.reads = k.sources.Inventory(), file.Reads
	if k.inventory.Len() == 0 && err != nil && !fault.Temporary(err) {
		return err
	}
	a.sayUnchecked(k.inventory)
	for _, s := range k.sources.States() {
		if s.Err != nil {
			a.log.WithError(s.Err).Errorf("%s can't be read; its %d last known devices stay", s.Name, s.Devices)
		}
	}
	if k.inventory.Len() == 0 {
		a.log.Error("the inventory has no devices: check its sources and their filters")
	}
	return nil
}

// sayUnchecked warns of devices whose certificates aren't checked.
func (a *Answering) sayUnchecked(in *inventory.Inventory) {
	const most = 5
	var names []string
	for d := range in.All() {
		if d.TLS.Insecure {
			names = append(names, d.Name)
		}
	}
	if n := len(names); n > 0 {
		more := ""
		if n > most {
			names, more = names[:most], fmt.Sprintf(" and %d more", n-most)
		}
		a.log.Warnf("the certificates of these devices aren't checked, so anybody on the way can read the password: %s%s", strings.Join(names, ", "), more)
	}
}

// feed makes a source of what the device file says of it. This is where a kind of source is added.
func feed(s devicefile.Source) (live.Feed, error) {
	f := live.Feed{Base: s.Base, Refresh: s.Refresh}
	if s.Ansible != "" {
		f.Name = filepath.Base(s.Ansible)
		f.Source = ansible.New(ansible.Options{Path: s.Ansible, Groups: s.Filter["group"], Platforms: s.Platforms})
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
func sourceKey(whom string, s devicefile.Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q port=%q filter=%q", whom, s.PortField, url.Values(s.Filter).Encode())
	for _, theirs := range slices.Sorted(maps.Keys(s.Platforms)) {
		fmt.Fprintf(&b, " %q=%q", theirs, s.Platforms[theirs])
	}
	return b.String()
}

// Sources returns what is known of the sources of devices.
func (a *Answering) Sources() []live.State { return a.known.Load().sources.States() }

// follow takes over what sources of devices learn, until ctx ends.
func (a *Answering) follow(ctx context.Context) {
	for ctx.Err() == nil {
		sources := a.known.Load().sources
		following, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			sources.Follow(following, func(in *inventory.Inventory) { a.learn(sources, in) })
		}()
		select {
		case <-ctx.Done():
		case <-a.reloaded:
		}
		stop()
		<-ended
	}
}

// learn puts the inventory of sources in the place of the one before.
func (a *Answering) learn(sources *live.Live, in *inventory.Inventory) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := *a.known.Load()
	if k.sources != sources {
		return // replaced meanwhile
	}
	k.inventory = in
	if err := a.use(&k); err != nil {
		a.log.WithError(err).Error("can't use what a source of devices says")
		return
	}
	a.log.Infof("the inventory has changed: %d devices", in.Len())
}
