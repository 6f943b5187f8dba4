package query

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
)

// Survey is one query to several devices.
type Survey struct {
	Template *Template
	Target   string // what named the devices, such as site:paris
	Devices  []inventory.Device
	Values   form.Values
	Filter   Filter
	Allow      func(inventory.Device) error // why a device can't be asked; nil asks all of them
}

// Typed returns the text that asks the same.
func (s Survey) Typed() string { return typed(s.Template, s.Values, s.Target, s.Filter) }

// Press returns what a button means that asks the same, on a card.
func (s Survey) Press() button.Press {
	return press(s.Template, s.Values, s.Target, s.Filter)
}

// On returns the question to one of the devices.
func (s Survey) On(d inventory.Device) Run { return Run{s.Template, d, s.Values, s.Filter} }

// DeviceResult is what became of the question to one device.
type DeviceResult struct {
	Device inventory.Device
	Queried  bool   // false when it was stopped before
	Total  int    // rows that the filter keeps
	Cut    string // as in Result
	Took   time.Duration
	Err    error // why there is no answer; the other devices have theirs
}

// fanOut is how many devices of one survey are asked at the same time: nearly always all of them, so
// that it takes as long as the slowest. It leaves room for others beside the limit that a Fetcher has
// for all.
const (
	fanOut     = 1000
	fanOutFile = 32 // for a file, as rows of each device are held
)

// Survey asks the devices, many at the same time, and returns what became of each, in their order.
// Each outcome is shown to done as it comes, one after the other. When ctx ends, the devices that
// haven't answered have its error.
func (r *Runner) Survey(ctx context.Context, s Survey, done func(DeviceResult)) []DeviceResult {
	outcomes := make([]DeviceResult, len(s.Devices))
	var one sync.Mutex
	s.each(fanOut, func(i int, d inventory.Device) {
		o := DeviceResult{Device: d}
		began := r.now()
		if o.Err = s.refusal(ctx, d); o.Err == nil {
			o.Queried = true
			var ending Ending
			ending, o.Err = r.Stream(ctx, s.On(d), func(row []Cell) error {
				if s.Filter.Keeps(row) {
					o.Total++
				}
				return nil
			})
			o.Cut, o.Took = ending.Cut, r.now().Sub(began)
		}
		if ctx.Err() != nil && o.Err != nil && o.Queried {
			o.Err = context.Cause(ctx)
		}
		one.Lock()
		defer one.Unlock()
		outcomes[i] = o
		done(o)
	})
	return outcomes
}

// refusal says why a device isn't asked, or is nil.
func (s Survey) refusal(ctx context.Context, d inventory.Device) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.Allow != nil {
		return s.Allow(d)
	}
	return nil
}

// each calls ask for every device, at most so many at the same time.
func (s Survey) each(most int, ask func(i int, d inventory.Device)) {
	var group errgroup.Group
	group.SetLimit(most)
	for i, d := range s.Devices {
		group.Go(func() error {
			ask(i, d)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
}
