// Package worker takes events from the inbox, has them handled and sends the replies. It is the one
// place where a step is tried again: clients classify their errors, the worker decides.
//
// It knows neither Webex nor the bot, only the interfaces it declares (Messenger, Handler) and the
// inbox it takes from. It is imported by internal/app.
//
// Reading order: progress.go, worker.go.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"

	"overwatch/internal/audit"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/telemetry"
	"overwatch/internal/tracing"
)

// Messenger is the way to the spaces: what was said, and what is said back.
type Messenger interface {
	// Fetch fetches what a notice is about. A nil Event is not for the bot.
	Fetch(ctx context.Context, n chat.Event) (chat.Content, error)
	// Send says r in a space and returns the message's id.
	Send(ctx context.Context, room string, r chat.Reply) (id string, err error)
	// Edit replaces the text of a message of the bot's own that has no card. Webex lets it ten times.
	Edit(ctx context.Context, room, id, text string) error
	// Remove takes back a message of the bot's own.
	Remove(ctx context.Context, id string) error
}

// Handler thinks of what to say.
type Handler interface {
	// Handle returns what to say. Meanwhile it may call working with what to show while it takes a
	// while: a line of text, later ones in its place, and beside the first one a card.
	Handle(ctx context.Context, ev chat.Content, working func(chat.Reply)) []chat.Reply
	// Interrupt is told what was said in a space in which such a card stands, before its turn comes.
	Interrupt(ev chat.Content)
}

// Options are what a worker is made of. Zero durations and counts take the defaults.
type Options struct {
	Store        inbox.Store
	Conversation Messenger
	Brain        Handler
	Log          logrus.FieldLogger
	Metrics      *telemetry.Metrics   // may be nil
	Tracing      trace.TracerProvider // nil when it is off
	Audit        func(audit.Record)   // is told of each question once it is answered; may be nil

	AtOnce   int           // notices worked on at the same time; 1024
	Patience time.Duration // before the line that says what takes so long; 2 s
	GiveUp   time.Duration // how long one call to Webex is tried; 1 h
	Grace    time.Duration // for what is being answered when the worker has to stop; 20 s
}

// Worker answers what is in the inbox: it fetches, thinks and sends. Each of these steps is tried
// again on its own, so that a device is asked once although sending failed.
type Worker struct {
	Options
	open interruptible
}

// New returns a worker; Run makes it work.
func New(o Options) *Worker {
	o.AtOnce = cmp.Or(o.AtOnce, 1024)
	o.Patience, o.GiveUp, o.Grace = cmp.Or(o.Patience, 2*time.Second), cmp.Or(o.GiveUp, time.Hour), cmp.Or(o.Grace, 20*time.Second)
	return &Worker{Options: o, open: interruptible{rooms: map[string]int{}}}
}

// maxAttempts is how often a notice is begun before it is given up: one that takes the process along
// each time would do so for ever.
const maxAttempts = 5

// Run works until ctx ends, then finishes what it is at, within the grace time.
func (w *Worker) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.Grace, stop) })()
	unwatch, err := w.Store.Watch(func(n chat.Event) { w.overhear(work, n) })
	if err != nil {
		return err
	}
	defer unwatch()
	var busy sync.WaitGroup
	defer busy.Wait()
	free := make(chan struct{}, w.AtOnce)
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		lease, err := w.Store.Take(ctx)
		switch {
		case ctx.Err() != nil, errors.Is(err, inbox.ErrClosed):
			if lease != nil {
				return lease.Retry(0)
			}
			return nil
		case err != nil:
			return fmt.Errorf("take from the inbox: %w", err)
		}
		busy.Go(func() {
			defer func() { <-free }()
			w.answer(work, lease)
		})
	}
}

// Outcomes of a notice, as metrics and the log have them.
const (
	answered  = "answered"
	failed    = "failed"  // the person was told why
	nothing   = "nothing" // to say
	gone      = "gone"    // before it was fetched, or with its space
	buried    = "buried"
	brokenOff = "interrupted"
)

// asked is one notice on its way through the stages.
type asked struct {
	*Worker
	lease inbox.Lease
	log   *logrus.Entry
	took  map[string]time.Duration // by stage

	trace      string
	question   *chat.Run
	space      string
	afterwards []func(context.Context) // what replies that were sent leave to be done
}

func (w *Worker) answer(ctx context.Context, lease inbox.Lease) {
	n := lease.Event()
	ctx, end := tracing.Begin(ctx, w.Tracing, n.Key(), "answer")
	a := &asked{Worker: w, lease: lease, trace: tracing.ID(ctx), took: map[string]time.Duration{"wait": time.Since(n.At)}, log: w.Log.WithFields(logrus.Fields{
		"trace_id": tracing.ID(ctx), "resource": n.Resource, "id": n.ID, "room": n.Room, "attempt": lease.Attempt(),
	})}
	var outcome string
	var err error
	defer func() {
		if p := recover(); p != nil {
			a.log.WithField("stack", string(debug.Stack())).Errorf("panic while answering: %v", p)
			outcome, err = buried, fmt.Errorf("panic: %v", p)
		}
		a.end(outcome, err)
		end(err)
		for _, f := range a.afterwards {
			f(ctx)
		}
	}()
	if lease.Attempt() > maxAttempts {
		outcome, err = buried, fmt.Errorf("%d attempts ended without a word", maxAttempts)
		return
	}
	outcome, err = a.steps(ctx, n)
	switch {
	case err == nil || outcome == failed:
	case ctx.Err() != nil || errors.Is(err, errLost):
		outcome = brokenOff
	case fault.Of(err) == fault.NotFound:
		outcome = gone
	default:
		outcome = buried
	}
}

// end tells the inbox, the log and the metrics.
func (a *asked) end(outcome string, err error) {
	var told error
	switch outcome {
	case buried:
		told = a.lease.Bury(err.Error())
	case brokenOff:
		told = a.lease.Retry(0)
	default:
		told = a.lease.Done()
	}
	fields := logrus.Fields{}
	for stage, d := range a.took {
		fields[stage+"_ms"] = float64(d.Microseconds()) / 1000
		a.Metrics.Took(stage, d)
	}
	a.Metrics.Answered(outcome)
	if err != nil {
		fields[logrus.ErrorKey] = err
	}
	a.log = a.log.WithFields(fields)
	level := logrus.InfoLevel
	switch {
	case outcome == buried:
		level = logrus.ErrorLevel
	case outcome == brokenOff, outcome == failed && fault.Of(err) != fault.Invalid && fault.Of(err) != fault.NotFound:
		level = logrus.WarnLevel
	}
	a.log.Log(level, outcome)
	if outcome != brokenOff { // which comes again
		a.audit(outcome, err)
	}
	if told != nil {
		a.log.WithError(told).Error("the inbox couldn't be told; the notice will come again")
	}
}

// audit tells of a question and what became of it.
func (a *asked) audit(outcome string, err error) {
	if a.question == nil || a.Audit == nil {
		return
	}
	n := a.lease.Event()
	r := audit.Record{
		At: n.At, Trace: a.trace, Space: a.space, Pressed: n.Resource == "attachmentActions", Run: *a.question,
		Outcome: outcome, MS: time.Since(n.At).Milliseconds(),
	}
	if err != nil {
		r.Why, _ = fault.Text(err)
	}
	a.Audit(r)
}

// errLost says that somebody else works on the notice by now.
var errLost = errors.New("another process has taken over")

// stage runs one step until it works, and notes how long it took.
func stage[T any](ctx context.Context, a *asked, name string, step func(context.Context) (T, error), also func(error) bool) (T, error) {
	ctx, end := tracing.Start(ctx, name)
	began := time.Now()
	v, err := again(ctx, a, name, func() (T, error) { return step(ctx) }, also)
	a.took[name] += time.Since(began)
	end(err)
	return v, err
}

// steps fetches, thinks and sends. With the outcome failed the error is the one the person was told.
func (a *asked) steps(ctx context.Context, n chat.Event) (outcome string, err error) {
	ev, err := stage(ctx, a, "fetch", func(ctx context.Context) (chat.Content, error) { return a.Conversation.Fetch(ctx, n) }, freshlyMissing())
	if err != nil || ev == nil {
		return nothing, err
	}
	room, person := placeOf(ev)
	a.log, a.space = a.log.WithFields(logrus.Fields{"room": room, "person": person}), room
	line := &workingLine{worker: a.Worker, room: room, log: a.log}
	defer line.remove(ctx)
	thinking, end := tracing.Start(ctx, "think")
	began := time.Now()
	replies := a.Brain.Handle(thinking, ev, func(r chat.Reply) { line.show(ctx, r) })
	a.took["think"] = time.Since(began)
	end(nil)
	if !slices.ContainsFunc(replies, func(r chat.Reply) bool { return r.File != nil }) {
		line.settle() // the answer is here; a file is still to be asked for
	}
	outcome = answered
	var why error
	for i, r := range replies {
		if r.Err != nil {
			outcome, why = failed, r.Err
		}
		if r.Run != nil {
			a.question = r.Run
		}
		if i < a.lease.Sent() {
			continue // an earlier attempt came so far
		}
		if err := a.send(ctx, room, r); err != nil {
			return "", err
		}
		if r.After != nil {
			a.afterwards = append(a.afterwards, r.After)
		}
		if i < len(replies)-1 {
			if err := a.lease.Keep(i + 1); err != nil {
				a.log.WithError(err).Warn("can't note how far the answer has come")
			}
		}
	}
	return outcome, why
}

// send says r, or what is to be said instead when its file couldn't be written.
func (a *asked) send(ctx context.Context, room string, r chat.Reply) error {
	var unwritten error
	if r.File != nil {
		file := *r.File
		write := file.Write
		file.Write = func(ctx context.Context, out io.Writer) error {
			unwritten = write(ctx, out)
			return unwritten
		}
		r.File = &file
	}
	_, err := stage(ctx, a, "send", func(ctx context.Context) (string, error) {
		if !a.lease.Held() {
			return "", errLost
		}
		id, err := a.Conversation.Send(ctx, room, r)
		if unwritten != nil && errors.Is(err, unwritten) {
			// The error of the file itself, and not of the way to the space, comes back as it is.
			err = backoff.Permanent(unwritten)
		}
		return id, err
	}, nil)
	if unwritten != nil && errors.Is(err, unwritten) && r.File.Failed != nil && ctx.Err() == nil {
		return a.send(ctx, room, r.File.Failed(unwritten))
	}
	return err
}

// freshlyMissing lets a few NotFounds be tried again: Webex tells of a message a moment before it
// can be read (WebexPythonSDK issue 83).
func freshlyMissing() func(error) bool {
	left := 4
	return func(err error) bool {
		left--
		return fault.Of(err) == fault.NotFound && left >= 0
	}
}

// again runs one step until it works, fails for good or took too long. also names failures that are
// worth another try beside those that pass by themselves; it may be nil.
func again[T any](ctx context.Context, a *asked, name string, step func() (T, error), also func(error) bool) (T, error) {
	result, last := step()
	if last == nil {
		return result, nil
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 500*time.Millisecond, 30*time.Second
	tried := true
	result, err := backoff.Retry(ctx, func() (T, error) {
		if !tried {
			result, last = step()
		}
		tried = false
		switch {
		case last == nil:
			return result, nil
		case fault.After(last) > 0 && fault.Temporary(last):
			return result, &backoff.RetryAfterError{Duration: fault.After(last)}
		case fault.Temporary(last), also != nil && also(last):
			return result, last
		}
		return result, backoff.Permanent(last)
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(a.GiveUp), backoff.WithNotify(func(_ error, d time.Duration) {
		a.Metrics.Retried(name)
		a.log.WithError(last).Warnf("trying again in %v", d.Round(time.Millisecond))
	}))
	var permanent *backoff.PermanentError
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return result, ctx.Err()
	case errors.As(last, &permanent):
		return result, permanent.Unwrap()
	}
	return result, last
}

func placeOf(ev chat.Content) (room, person string) {
	switch ev := ev.(type) {
	case chat.Message:
		return ev.Room.ID, ev.Person.ID
	case chat.Submission:
		return ev.Room.ID, ev.Person.ID
	case chat.Arrival:
		return ev.Room.ID, ""
	}
	return "", ""
}
