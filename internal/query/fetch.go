package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/redact"
	"overwatch/internal/yang"
)

// Fetcher reads devices.
type Fetcher interface {
	// Turn waits until the device may be sent one more query, whose requests then go together.
	Turn(ctx context.Context, device inventory.Device) (release func(), err error)
	// Fetch reads one data resource. An empty body, or an empty list, means that there are none for certain;
	// a fault of kind NotFound that the device may not support the resource. The caller closes the body. A
	// body with a method Date() time.Time tells the device's time.
	Fetch(ctx context.Context, device inventory.Device, path, fields string) (io.ReadCloser, error)
}

// Runner runs queries on devices. Safe for concurrent use.
type Runner struct {
	devices Fetcher
	now     func() time.Time
	mask    *redact.Redactor
}

// NewRunner returns a runner that reads through devices. It masks secrets in the rows.
func NewRunner(devices Fetcher, now func() time.Time) *Runner {
	return &Runner{devices, now, redact.New()}
}

// Masking returns a runner that masks with another redactor; with nil, it doesn't mask.
func (r *Runner) Masking(mask *redact.Redactor) *Runner { return &Runner{r.devices, r.now, mask} }

// execution is a run in progress.
type execution struct {
	runner *Runner
	ctx    context.Context
	run    Run
	now    time.Time // of the device, once it has told

	repaired bool   // a response had texts that aren't valid
	failed   string // what an expression of the template failed on first, as a sentence
}

// rows hands every row of a request to yield, or of the first of its alternatives that has any, and then those
// of the requests beside it, which are sent at the same time. It returns how many there were.
func (e *execution) rows(req request, yield func(yang.Row) error) (int, error) {
	ctx, cancel := context.WithCancel(e.ctx)
	flights := make([]*flight, len(req.also))
	for i, beside := range req.also {
		flights[i] = e.send(ctx, beside)
	}
	defer func() {
		cancel()
		for _, f := range flights {
			f.drop()
		}
	}()
	n, err := e.get(req, yield)
	for _, alternative := range req.or {
		if n > 0 || (err != nil && fault.Of(err) != fault.NotFound) {
			break
		}
		var instead error
		n, instead = e.get(alternative, yield)
		if fault.Of(instead) != fault.NotFound {
			err = instead
		}
	}
	for i, beside := range req.also {
		if err != nil && fault.Of(err) != fault.NotFound {
			break
		}
		more, missing := e.read(beside, flights[i], yield)
		n += more
		if fault.Of(missing) != fault.NotFound {
			err = missing
		}
	}
	return n, err
}

// flight is a request that was sent and whose response isn't read yet.
type flight struct {
	done chan struct{} // closed when the response begins
	body io.ReadCloser
	err  error
}

func (e *execution) send(ctx context.Context, req request) *flight {
	f := &flight{done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.body, f.err = e.runner.devices.Fetch(ctx, e.run.Device, req.resource.fill(e.run.Values), req.fields)
	}()
	return f
}

// drop closes the response if nobody has read it.
func (f *flight) drop() {
	if <-f.done; f.body != nil {
		_ = f.body.Close() // nobody wants it
	}
}

// get sends one request and hands the rows that it takes to yield.
func (e *execution) get(req request, yield func(yang.Row) error) (int, error) {
	return e.read(req, e.send(e.ctx, req), yield)
}

// read waits for the response to a request and hands the rows that the request takes to yield.
func (e *execution) read(req request, f *flight, yield func(yang.Row) error) (n int, err error) {
	<-f.done
	if f.err != nil {
		return 0, f.err
	}
	body := f.body
	f.body = nil
	defer func() { err = errors.Join(err, body.Close()) }()
	if dated, ok := body.(interface{ Date() time.Time }); ok && !dated.Date().IsZero() {
		e.now = dated.Date()
	}
	var stopped error // by yield
	take := func(row yang.Row) error {
		n++
		stopped = yield(row)
		return stopped
	}
	var some picked
	if req.pick != nil {
		some = req.pick.begin(e.run.Values)
	}
	repaired, err := yang.Rows(body, req.resource.fill(e.run.Values), req.rows, func(row yang.Row) error {
		takes, err := req.takes(e.ctx, row)
		if err != nil && e.excuse(err, "The query couldn't decide about some rows, which are shown.") {
			takes, err = true, nil
		}
		switch {
		case err != nil || !takes:
			return err
		case some != nil:
			some.offer(row)
			return nil
		}
		return take(row)
	})
	e.repaired = e.repaired || repaired
	if err == nil && some != nil {
		for _, row := range some.rows() {
			if err := take(row); err != nil {
				break
			}
		}
	}
	if err == nil || stopped != nil {
		return n, stopped
	}
	return n, e.unreadable(err)
}

// excuse reports whether a query goes on after an error of an expression, which is then a note: one odd value
// doesn't lose the others. An expression that takes too long would do so for every row.
func (e *execution) excuse(err error, note string) bool {
	if errors.Is(err, context.DeadlineExceeded) || e.ctx.Err() != nil {
		return false
	}
	if e.failed == "" {
		e.failed = note
	}
	return true
}

// unreadable returns a fault for an error that isn't one yet: the response isn't what it should be.
func (e *execution) unreadable(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || e.ctx.Err() != nil {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Cause: err,
		Message: fmt.Sprintf("The response of %s can't be read.", e.run.Device.Name),
		Hint:    "Try again. If it stays, the response doesn't fit the query template " + e.run.Template.Name + ".",
	}
}
