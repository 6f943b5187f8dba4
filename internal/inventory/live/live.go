// Package live joins the devices of several sources into one inventory and follows their changes.
//
// A source that fails doesn't take its devices along: the last good ones stay, in memory and in a
// copy on the disk, and the inventory says how old they are. It knows no source itself; internal/app
// makes them and hands them over. Only it imports this package.
package live

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

// Feed is a source and what its devices get that it doesn't say.
type Feed struct {
	Name    string // of the source, for people, such as netbox.example.com
	Asks    string // what is asked of it: feeds that ask the same may take over each other's devices
	Source  inventory.Source
	Base    inventory.Device // port, platform, login and TLS where the source says none, and further groups
	Refresh time.Duration    // how often it is asked; once where 0
}

// State is what is known of a feed.
type State struct {
	Name    string
	Devices int
	At      time.Time // when they were learned; zero where they never were
	Err     error     // why they couldn't be learned since; nil while all is well
}

// Options are what an inventory is made of.
type Options struct {
	Fixed  []inventory.Device // devices that no source is asked for; they go before those of feeds
	Feeds  []Feed             // of two devices of one name the one of the earlier feed counts
	Copies string             // the directory for copies of what feeds know; none where empty
	Before *Live              // what was known before; may be nil
	Log    logrus.FieldLogger
	Now    func() time.Time
}

// Live is an inventory that follows its feeds.
type Live struct {
	o     Options
	feeds []*feed

	mu      sync.Mutex
	current *inventory.Inventory
}

// feed is a Feed and what it last knew. Live's mutex guards what changes.
type feed struct {
	Feed
	devices []inventory.Device // as the source gave them
	at      time.Time
	err     error
	said    string // what was last logged of devices that are left out
}

const (
	askWithin  = 2 * time.Minute // for all devices of a source
	againAfter = time.Minute     // a source that failed
)

// New returns an inventory of what is known without asking: the fixed devices, those that Before
// knew and those of copies.
func New(o Options) (*Live, error) {
	l := &Live{o: o}
	for _, f := range o.Feeds {
		own := &feed{Feed: f}
		if !own.inherit(o.Before) {
			own.devices, own.at = l.readCopy(f)
		}
		l.feeds = append(l.feeds, own)
	}
	return l, l.join()
}

func (f *feed) inherit(before *Live) bool {
	if before == nil {
		return false
	}
	before.mu.Lock()
	defer before.mu.Unlock()
	for _, old := range before.feeds {
		if old.Asks == f.Asks && !old.at.IsZero() {
			f.devices, f.at, f.err = old.devices, old.at, old.err
			return true
		}
	}
	return false
}

// Inventory returns what is known now.
func (l *Live) Inventory() *inventory.Inventory {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// States returns what is known of each feed.
func (l *Live) States() []State {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]State, len(l.feeds))
	for i, f := range l.feeds {
		list[i] = State{f.Name, len(f.devices), f.at, f.err}
	}
	return list
}

// Ask asks all feeds at once and waits for them. The error has a line for each that failed; what is
// known of it stays.
func (l *Live) Ask(ctx context.Context) error {
	errs := make([]error, len(l.feeds))
	var asking sync.WaitGroup
	for i, f := range l.feeds {
		asking.Go(func() { _, errs[i] = l.ask(ctx, f) })
	}
	asking.Wait()
	return errors.Join(append(errs, l.join())...)
}

// Follow asks each feed as often as it wants until ctx ends, and hands over every inventory that is
// another than the one before.
func (l *Live) Follow(ctx context.Context, changed func(*inventory.Inventory)) {
	var following sync.WaitGroup
	defer following.Wait()
	for _, f := range l.feeds {
		if f.Refresh > 0 {
			following.Go(func() { l.follow(ctx, f, changed) })
		}
	}
}

func (l *Live) follow(ctx context.Context, f *feed, changed func(*inventory.Inventory)) {
	for {
		pause := f.Refresh
		if l.failing(f) {
			pause = min(pause, againAfter)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		other, err := l.ask(ctx, f)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			l.o.Log.WithError(err).WithField("source", f.Name).Warn("can't learn of devices; I go on with those I know")
		}
		if !other {
			continue
		}
		if err := l.join(); err != nil {
			l.o.Log.WithError(err).Error("can't use what a source of devices says")
			continue
		}
		changed(l.Inventory())
	}
}

func (l *Live) failing(f *feed) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return f.err != nil
}

// ask asks one feed and reports whether anything about it is other than before.
func (l *Live) ask(ctx context.Context, f *feed) (other bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	devices, err := f.Source.Devices(ctx)
	if err != nil {
		say, do := fault.Text(err)
		err = &fault.Error{Kind: fault.Of(err), Message: f.Name + ": " + say, Hint: do, Cause: err}
	}
	l.mu.Lock()
	other = (err == nil) != (f.err == nil) || (err == nil && !reflect.DeepEqual(devices, f.devices))
	f.err = err
	if err == nil {
		f.devices, f.at = devices, l.o.Now()
	}
	l.mu.Unlock()
	if err == nil {
		l.writeCopy(f.Feed, devices, l.o.Now())
	}
	return other, err
}

// join makes the inventory of what all feeds know.
func (l *Live) join() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	devices := slices.Clone(l.o.Fixed)
	names := map[string]string{} // lower case, to the source
	for _, d := range devices {
		names[strings.ToLower(d.Name)] = "the device file"
	}
	var stale []inventory.Stale
	for _, f := range l.feeds {
		var left []string
		for _, found := range f.devices {
			d, why := f.complete(found)
			if first, twice := names[strings.ToLower(d.Name)]; why == "" && twice {
				why = "stands in " + first + " already"
			}
			if why != "" {
				left = append(left, fmt.Sprintf("%s (%s)", found.Name, why))
				continue
			}
			names[strings.ToLower(d.Name)] = f.Name
			devices = append(devices, d)
		}
		l.sayLeft(f, left)
		if f.err != nil && !f.at.IsZero() {
			stale = append(stale, inventory.Stale{Source: f.Name, Devices: len(f.devices), At: f.at})
		}
	}
	in, err := inventory.New(devices, stale...)
	if err != nil {
		return err
	}
	l.current = in
	return nil
}

// sayLeft logs which devices are left out, once for each set.
func (l *Live) sayLeft(f *feed, left []string) {
	const most = 5
	text := strings.Join(left[:min(most, len(left))], ", ")
	if len(left) > most {
		text += ", ..."
	}
	if len(left) > 0 && text != f.said {
		l.o.Log.WithField("source", f.Name).Warnf("%d of %d devices are left out: %s", len(left), len(f.devices), text)
	}
	f.said = text
}

var check = validator.New()

// complete makes a device of what a source says, or says why it can't be asked.
func (f *feed) complete(d inventory.Device) (_ inventory.Device, why string) {
	d.Name = inventory.Plain(d.Name)
	if d.Port == 0 {
		d.Port = f.Base.Port
	}
	if d.Platform == "" {
		d.Platform = f.Base.Platform
	}
	d.Login, d.TLS = f.Base.Login, f.Base.TLS
	groups := slices.Clone(f.Base.Groups)
	for _, g := range d.Groups {
		kind, name, has := strings.Cut(g, ":")
		if g = inventory.Plain(kind); has {
			g += ":" + inventory.Plain(name)
		}
		if inventory.ValidGroup(g) {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	d.Groups = slices.Compact(groups)
	switch {
	case !inventory.ValidName(d.Name):
		return d, "no name to be called by"
	case d.Host == "":
		return d, "no address"
	case check.Var(d.Host, "hostname_rfc1123|ip") != nil:
		return d, fmt.Sprintf("address %q", d.Host)
	case d.Port < 1 || d.Port > 65535:
		return d, fmt.Sprintf("port %d", d.Port)
	}
	return d, ""
}
