package query

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
)

// Survey is a query for several devices.
type Survey struct {
	Template *Template
	Target   string // what named the devices, such as site:paris
	Devices  []inventory.Device
	Values   form.Values
	Filter   Filter
	Question Question
	Allow    func(inventory.Device) error // why a device is left out; nil leaves out none
}

// Typed returns the text that runs the same query when typed.
func (s Survey) Typed() string { return typed(s.Template, s.Values, s.Target, s.Filter) }

// Press returns the press of a button that runs the same query.
func (s Survey) Press() button.Press {
	return press(s.Template, s.Values, s.Target, s.Filter, s.Question)
}

// On returns the run for one of the devices.
func (s Survey) On(d inventory.Device) Run { return Run{s.Template, d, s.Values, s.Filter, s.Question} }

// DeviceResult is the result of one device of a survey.
type DeviceResult struct {
	Device  inventory.Device
	Queried bool // false when the survey was cancelled before, or the device was left out
	Read    int  // rows before the filter
	Total   int  // rows that the filter keeps
	Held    int  // of these the rows for which the claim of the question holds
	Worst   Rows // some of these
	Ending  Ending
	Took    time.Duration
	Err     error // why there is no answer
}

// Rows are some rows of a device: the first ones of each colour.
type Rows struct{ bad, warning, other [][]Cell }

// maxWorst is how many rows of each colour are held of a device of a survey.
const maxWorst = 10

// Add holds a row if there is room for its colour.
func (r *Rows) Add(row []Cell) {
	into := &r.other
	switch colourOf(row) {
	case Attention:
		into = &r.bad
	case Warning:
		into = &r.warning
	}
	if len(*into) < maxWorst {
		*into = append(*into, row)
	}
}

// Bad returns the rows that need a look, the worst first.
func (r Rows) Bad() [][]Cell { return slices.Concat(r.bad, r.warning) }

// All returns all rows that are held, the worst first.
func (r Rows) All() [][]Cell { return slices.Concat(r.bad, r.warning, r.other) }

// Colour returns the worst colour of the rows.
func (r Rows) Colour() Colour {
	switch {
	case len(r.bad) > 0:
		return Attention
	case len(r.warning) > 0:
		return Warning
	}
	return Plain
}

// colourOf returns the worst colour in a row; good is as plain here.
func colourOf(row []Cell) Colour {
	worst := Plain
	for _, c := range row {
		if c.Colour == Attention || c.Colour == Warning && worst == Plain {
			worst = c.Colour
		}
	}
	return worst
}

// fanOut is how many devices of a survey are queried at the same time: nearly always all of them, so that
// it takes as long as the slowest. The Fetcher has a limit for all queries together.
const (
	fanOut     = 1000
	fanOutFile = 32 // for a file, as rows of each device are held
)

// Survey queries the devices concurrently and returns their results in the order of the devices. Each
// result is handed to done when it is there; calls of done don't overlap. When ctx ends, the devices that
// haven't answered have its error.
func (r *Runner) Survey(ctx context.Context, s Survey, done func(DeviceResult)) []DeviceResult {
	results := make([]DeviceResult, len(s.Devices))
	var one sync.Mutex
	s.each(fanOut, func(i int, d inventory.Device) {
		result := DeviceResult{Device: d}
		began := r.now()
		if result.Err = s.refusal(ctx, d); result.Err == nil {
			result.Queried = true
			counted := Result{Run: s.On(d), At: began}
			result.Ending, result.Err = r.Stream(ctx, s.On(d), func(row []Cell) error {
				before := counted.Total
				if counted.Add(row); counted.Total > before {
					result.Worst.Add(row)
				}
				return nil
			})
			result.Read, result.Total, result.Held = counted.Read, counted.Total, counted.Held
			result.Took = r.now().Sub(began)
		}
		if ctx.Err() != nil && result.Err != nil && result.Queried {
			result.Err = context.Cause(ctx)
		}
		if result.Err != nil {
			result.Ending = failed(result.Err)
		}
		one.Lock()
		defer one.Unlock()
		results[i] = result
		done(result)
	})
	return results
}

// refusal returns why a device isn't queried, or nil.
func (s Survey) refusal(ctx context.Context, d inventory.Device) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.Allow != nil {
		return s.Allow(d)
	}
	return nil
}

// each calls query for every device, at most so many at the same time.
func (s Survey) each(most int, query func(i int, d inventory.Device)) {
	var group errgroup.Group
	group.SetLimit(most)
	for i, d := range s.Devices {
		group.Go(func() error {
			query(i, d)
			return nil
		})
	}
	_ = group.Wait() // none returns an error
}
