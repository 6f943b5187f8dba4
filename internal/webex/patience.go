package webex

import (
	"context"
	"io"
	"time"
)

// respondWithin is how long Webex may take for one step of a request: to accept a piece of its body, to
// begin the response, and to send all of it.
const respondWithin = time.Minute

// patience ends a request when Webex takes too long for one of its steps. The time that a file takes to
// be written doesn't count.
type patience struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
	ctx    context.Context
}

// newPatience returns the context of a request, whose first step begins now. end must be called.
func newPatience(ctx context.Context) (context.Context, *patience) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &patience{cancel: cancel, ctx: ctx}
	p.timer = time.AfterFunc(respondWithin, func() { cancel(context.DeadlineExceeded) })
	return ctx, p
}

// begin begins the next step.
func (p *patience) begin() { p.timer.Reset(respondWithin) }

func (p *patience) end() {
	p.timer.Stop()
	p.cancel(nil)
}

// explain returns why a request ended with err.
func (p *patience) explain(err error) error {
	if context.Cause(p.ctx) == context.DeadlineExceeded { //nolint:errorlint // its own, not that of the caller's context
		return context.DeadlineExceeded
	}
	return err
}

// patientBody is a request's body. Between two reads of it Webex has to accept what was read.
type patientBody struct {
	io.ReadCloser
	patience *patience
}

func (b patientBody) Read(p []byte) (int, error) {
	b.patience.timer.Stop()
	defer b.patience.begin()
	return b.ReadCloser.Read(p)
}
