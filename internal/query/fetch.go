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
}

// rows hands every row of a request to yield, or of the first of its alternatives that has any, and then those
// of the requests beside it. It returns how many there were.
func (e *execution) rows(req request, yield func(yang.Row) error) (int, error) {
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
	for _, beside := range req.also {
		if err != nil && fault.Of(err) != fault.NotFound {
			break
		}
		more, missing := e.get(beside, yield)
		n += more
		if fault.Of(missing) != fault.NotFound {
			err = missing
		}
	}
	return n, err
}

// get sends one request and hands the rows that it takes to yield.
func (e *execution) get(req request, yield func(yang.Row) error) (n int, err error) {
	resource := req.resource.fill(e.run.Values)
	body, err := e.runner.devices.Fetch(e.ctx, e.run.Device, resource, req.fields)
	if err != nil {
		return 0, err
	}
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
	err = yang.Rows(body, resource, req.rows, func(row yang.Row) error {
		switch takes, err := req.takes(e.ctx, row); {
		case err != nil || !takes:
			return err
		case some != nil:
			some.offer(row)
			return nil
		}
		return take(row)
	})
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
