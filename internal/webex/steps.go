package webex

import (
	"context"
	"io"
	"time"
)

// respondWithin is how long Webex may take for one step of a request: to accept a piece of its body, to
// begin the response, and to send all of it.
const respondWithin = time.Minute

// steps ends a request when Webex takes too long for one of its steps. The time that a file takes to
// be written doesn't count.
type steps struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
	ctx    context.Context
}

// newSteps returns the context of a request, whose first step begins now. end must be called.
func newSteps(ctx context.Context) (context.Context, *steps) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &steps{cancel: cancel, ctx: ctx}
	s.timer = time.AfterFunc(respondWithin, func() { cancel(context.DeadlineExceeded) })
	return ctx, s
}

// begin begins the next step.
func (s *steps) begin() { s.timer.Reset(respondWithin) }

func (s *steps) end() {
	s.timer.Stop()
	s.cancel(nil)
}

// explain returns why a request ended with err.
func (s *steps) explain(err error) error {
	if context.Cause(s.ctx) == context.DeadlineExceeded { //nolint:errorlint // its own, not that of the caller's context
		return context.DeadlineExceeded
	}
	return err
}

// steppedBody is a request's body. Between two reads of it Webex has to accept what was read.
type steppedBody struct {
	io.ReadCloser
	steps *steps
}

func (b steppedBody) Read(p []byte) (int, error) {
	b.steps.timer.Stop()
	defer b.steps.begin()
	return b.ReadCloser.Read(p)
}
