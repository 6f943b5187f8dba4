package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/audit"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/tracing"
)

// outcome is how an event ended, as metrics and the log have it.
type outcome string

const (
	answered    outcome = "answered"
	failed      outcome = "failed"      // the person was told why
	ignored     outcome = "ignored"     // it isn't for the bot
	gone        outcome = "gone"        // the message or the space was deleted
	deadLetter  outcome = "dead letter" // given up, and kept in the inbox
	interrupted outcome = "interrupted" // the worker stopped, or lost its lease; the event comes again
)

// errLost says that the lease ran out, so another process may have taken the event.
var errLost = errors.New("another process has taken over")

// job is one event in work.
type job struct {
	Options
	interrupts *interrupts
	lease      inbox.Lease
	event      chat.Event
	trace      string
	log        *logrus.Entry

	room   string // where replies go
	person string // who gets them
	direct bool   // room is known to be their direct space
	tried  bool   // sending replies was begun
	heldUp bool   // a stage was given up so that the space needn't wait
	run    *chat.Run
	took   map[string]time.Duration // by stage
	after  []func(context.Context)  // to call when the event is done
}

// finish ends the lease, and reports the outcome to the log, the metrics and the audit.
func (j *job) finish(o outcome, err error) {
	if o != interrupted {
		j.writeAudit(o, err) // before the next event of the space can write its own
	}
	var ended error
	switch o {
	case deadLetter:
		ended = j.lease.Bury(err.Error())
	case interrupted:
		ended = j.lease.Retry(0)
	default:
		ended = j.lease.Done()
	}
	if ended != nil {
		j.log.WithError(ended).Error("the inbox can't note the outcome; the event will come again")
	}
	fields := logrus.Fields{}
	for stage, d := range j.took {
		fields[stage+"_ms"] = float64(d.Microseconds()) / 1000
		j.Metrics.Stage(stage, d)
	}
	if err != nil {
		fields[logrus.ErrorKey] = err
	}
	j.Metrics.Handled(string(o))
	j.log.WithFields(fields).Log(level(o, err), string(o))
}

// level is how important an outcome is in the log.
func level(o outcome, err error) logrus.Level {
	switch {
	case o == deadLetter:
		return logrus.ErrorLevel
	case o == interrupted, o == failed && fault.Of(err) != fault.Invalid && fault.Of(err) != fault.NotFound:
		return logrus.WarnLevel
	}
	return logrus.InfoLevel
}

// writeAudit reports a run and its outcome.
func (j *job) writeAudit(o outcome, err error) {
	if j.run == nil || j.Audit == nil {
		return
	}
	r := audit.Record{
		At: j.event.At, Trace: j.trace, Space: j.room, Pressed: j.event.Resource == "attachmentActions", Run: *j.run,
		Outcome: string(o), MS: time.Since(j.event.At).Milliseconds(),
	}
	if err != nil {
		r.Why, _ = fault.Text(err)
	}
	j.Audit(r)
}

// tellWithin bounds telling that an event is given up, so that the space doesn't wait for it.
const tellWithin = 20 * time.Second

// tellGivenUp tells the person that the event is given up, if the handler lets them know. It is tried
// once in the space, and once in their direct space.
func (j *job) tellGivenUp(ctx context.Context, why error) {
	room, person := cmp.Or(j.room, j.event.Room), cmp.Or(j.person, j.event.Actor)
	if room == "" || person == "" || j.event.Resource == "memberships" {
		return
	}
	defer func() {
		if p := recover(); p != nil { // what made the event fail may do so again
			j.log.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	reply, ok := j.Handler.GivenUp(ctx, chat.Person{ID: person}, chat.Room{ID: room}, why)
	if !ok {
		return
	}
	_, err := j.Messenger.Send(ctx, room, reply)
	if err != nil {
		reply.Card = nil
		_, err = j.Messenger.Send(ctx, room, reply)
	}
	if err != nil {
		_, err = j.Messenger.SendDirect(ctx, person, reply)
	}
	if err != nil {
		j.log.WithError(err).Warn("can't tell the person that the event is given up")
	}
}

// maxAttempts is how often an event is begun. One that kills the process each time is given up then.
const maxAttempts = 5

// do takes the event through all stages.
func (j *job) do(ctx context.Context, stages func(context.Context) (outcome, error)) {
	ctx, end := tracing.Begin(ctx, j.Tracing, j.event.Key(), "answer")
	j.trace = tracing.ID(ctx)
	j.log = j.Log.WithFields(logrus.Fields{
		"trace_id": j.trace, "resource": j.event.Resource, "id": j.event.ID, "room": j.event.Room, "attempt": j.lease.Attempt(),
	})
	var o outcome
	var err error
	defer func() {
		if p := recover(); p != nil {
			j.log.WithField("stack", string(debug.Stack())).Errorf("panic: %v", p)
			o, err = deadLetter, fmt.Errorf("panic: %v", p)
		}
		if o == deadLetter && !j.tried {
			j.tellGivenUp(ctx, err)
		}
		j.finish(o, err)
		end(err)
		for _, f := range j.after {
			f(ctx)
		}
	}()
	if j.lease.Attempt() > maxAttempts {
		o, err = deadLetter, fmt.Errorf("%d attempts ended without an outcome", maxAttempts)
		return
	}
	o, err = stages(ctx)
	switch {
	case err == nil || o == failed:
	case ctx.Err() != nil || errors.Is(err, errLost):
		o = interrupted
	case fault.Of(err) == fault.NotFound && (j.tried || j.event.Resource != "attachmentActions"): // presses can't be deleted
		o = gone
	default:
		o = deadLetter
	}
}
