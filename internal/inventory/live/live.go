package live

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/retry"
)

// Options are what an inventory is made of.
type Options struct {
	Fixed    []inventory.Device // devices that come from no source; they go before those of feeds
	Feeds    []Feed             // of two devices with one name, that of the earlier feed counts
	CopyDir  string             // the directory for copies of feeds' devices; none are kept where empty
	Previous *Live              // the inventory before a reload; may be nil
	Log      logrus.FieldLogger
	Now      func() time.Time
}

// Live is an inventory that follows its feeds. Safe for concurrent use.
type Live struct {
	o     Options
	feeds []*feed

	mu      sync.Mutex
	current *inventory.Inventory
}

const (
	readWithin = 2 * time.Minute  // all devices of a source
	retryFirst = 15 * time.Second // a source that failed
	retryMost  = 2 * time.Minute
)

// New returns an inventory of what is known without reading any source: the fixed devices, those of
// Previous and those of copies.
func New(o Options) (*Live, error) {
	l := &Live{o: o}
	for _, f := range o.Feeds {
		own := &feed{Feed: f}
		if !own.inherit(o.Previous) && o.CopyDir != "" {
			if err := own.readCopy(o.CopyDir); err != nil {
				o.Log.WithError(err).WithField("source", f.Name).Warn("can't read the copy of its devices")
			}
		}
		l.feeds = append(l.feeds, own)
	}
	return l, l.join()
}

// inherit takes over the devices of the feed with the same key.
func (f *feed) inherit(previous *Live) bool {
	if previous == nil {
		return false
	}
	previous.mu.Lock()
	defer previous.mu.Unlock()
	for _, old := range previous.feeds {
		if old.Key == f.Key && !old.at.IsZero() {
			f.devices, f.at, f.err, f.emptied = old.devices, old.at, old.err, old.emptied
			return true
		}
	}
	return false
}

// Inventory returns the present inventory.
func (l *Live) Inventory() *inventory.Inventory {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// States returns the state of each feed.
func (l *Live) States() []State {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]State, len(l.feeds))
	for i, f := range l.feeds {
		list[i] = State{f.Name, len(f.devices), f.at, f.err}
	}
	return list
}

// Refresh reads all feeds at the same time and waits for them. Since a person called for it, by a start
// or a reload, it also confirms that a feed has no devices any more. The error has a line for each feed
// that failed; its devices stay.
func (l *Live) Refresh(ctx context.Context) error {
	errs := make([]error, len(l.feeds))
	var reading sync.WaitGroup
	for i, f := range l.feeds {
		reading.Go(func() { _, errs[i] = l.read(ctx, f, true) })
	}
	reading.Wait()
	return errors.Join(append(errs, l.join())...)
}

// Follow reads each feed as often as it wants until ctx ends, and calls changed with every inventory
// that differs from the one before.
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
	failures := retry.NewBackoff(retryFirst, retryMost)
	err := l.failure(f)
	for {
		pause := f.Refresh
		if err != nil {
			pause = min(pause, failures.Next(err))
		} else {
			failures.Reset()
		}
		if retry.Sleep(ctx, pause) != nil {
			return
		}
		var other bool
		other, err = l.read(ctx, f, false)
		if ctx.Err() != nil {
			return
		}
		if err != nil && other {
			l.o.Log.WithError(err).WithField("source", f.Name).Error("can't read the devices of a source; the last known ones stay")
		}
		if !other {
			continue
		}
		if err := l.join(); err != nil {
			l.o.Log.WithError(err).Error("can't use the devices of a source")
			continue
		}
		changed(l.Inventory())
	}
}

func (l *Live) failure(f *feed) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return f.err
}

// read reads one feed and reports whether anything about it has changed. With confirm, a feed that had
// no devices the last time as well has none.
func (l *Live) read(ctx context.Context, f *feed, confirm bool) (changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	devices, err := f.Source.Devices(ctx)
	l.mu.Lock()
	now := l.o.Now()
	write := err == nil
	switch {
	case err != nil:
		message, hint := fault.Text(err)
		cause := err
		if inner := (*fault.Error)(nil); errors.As(err, &inner) {
			cause = inner.Cause // its message is said already
		}
		err = &fault.Error{Kind: fault.Of(err), Message: f.Name + ": " + message, Hint: hint, Cause: cause}
		changed = f.err == nil
	case len(devices) == 0 && len(f.devices) > 0 && !(confirm && f.emptied):
		err = &fault.Error{
			Kind:    fault.Unavailable,
			Message: fmt.Sprintf("%s: it returned no devices, but had %d. They stay until this is confirmed.", f.Name, len(f.devices)),
			Hint:    "Check the source and its filter. If it is right, reload the configuration (SIGHUP) or restart the bot.",
		}
		changed, f.emptied = !f.emptied || f.err == nil, true
	default:
		changed = f.err != nil || !reflect.DeepEqual(devices, f.devices)
		f.devices, f.at, f.emptied = devices, now, false
	}
	f.err = err
	copied := f.copy()
	l.mu.Unlock()
	if write && l.o.CopyDir != "" {
		if err := writeCopy(l.o.CopyDir, copied); err != nil {
			l.o.Log.WithError(err).WithField("source", f.Name).Warn("can't write the copy of its devices; a restart will need the source")
		}
	}
	return changed, err
}

// join puts the devices of all feeds together.
func (l *Live) join() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	in, err := join(l.o.Fixed, l.feeds, l.o.Log)
	if err != nil {
		return err
	}
	l.current = in
	return nil
}
