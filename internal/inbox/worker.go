package inbox

import (
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
	"golang.org/x/sync/errgroup"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// Conversation is the way to the spaces: what was said, and what is said back.
type Conversation interface {
	// Hydrate fetches what a notice is about. A nil Event is not for the bot.
	Hydrate(ctx context.Context, n chat.Notice) (chat.Event, error)
	// Send says r in a space and returns the message's id.
	Send(ctx context.Context, room string, r chat.Reply) (id string, err error)
	// Remove takes back a message of the bot's own.
	Remove(ctx context.Context, id string) error
}

// Brain thinks of what to say. It calls working when that is going to take a while.
type Brain interface {
	Handle(ctx context.Context, ev chat.Event, working func(chat.Reply)) []chat.Reply
}

// WorkerOptions are what a worker is made of. Zero durations and counts take the defaults.
type WorkerOptions struct {
	Store        Store
	Conversation Conversation
	Brain        Brain
	Log          logrus.FieldLogger

	AtOnce   int           // notices worked on at the same time; 64
	Patience time.Duration // before the line that says what takes so long; 2 s
	GiveUp   time.Duration // how long one call to Webex is tried; 10 min
	Grace    time.Duration // for what is being answered when the worker has to stop; 20 s
}

// Worker answers what is in the inbox: it fetches, thinks and sends. Each of these steps is tried
// again on its own, so that a device is asked once although sending failed.
type Worker struct{ WorkerOptions }

// NewWorker returns a worker; Run makes it work.
func NewWorker(o WorkerOptions) *Worker {
	if o.AtOnce == 0 {
		o.AtOnce = 64
	}
	for d, otherwise := range map[*time.Duration]time.Duration{
		&o.Patience: 2 * time.Second, &o.GiveUp: 10 * time.Minute, &o.Grace: 20 * time.Second,
	} {
		if *d == 0 {
			*d = otherwise
		}
	}
	return &Worker{o}
}

// Run works until ctx ends, then finishes what it is at, within the grace time.
func (w *Worker) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var busy errgroup.Group
	busy.SetLimit(w.AtOnce)
	for {
		lease, err := w.Store.Take(ctx)
		if err != nil {
			late := time.AfterFunc(w.Grace, stop)
			defer late.Stop()
			if wait := busy.Wait(); wait != nil {
				return wait
			}
			if ctx.Err() != nil || errors.Is(err, ErrClosed) {
				return nil
			}
			return fmt.Errorf("take from the inbox: %w", err)
		}
		busy.Go(func() error { w.answer(work, lease); return nil })
	}
}

func (w *Worker) answer(ctx context.Context, lease Lease) {
	n := lease.Notice()
	log := w.Log.WithFields(logrus.Fields{"resource": n.Resource, "id": n.ID, "attempt": lease.Attempt()})
	end := func(err error) {
		if err != nil {
			log.WithError(err).Error("can't update the inbox")
		}
	}
	defer func() {
		if p := recover(); p != nil {
			log.WithField("stack", string(debug.Stack())).Errorf("panic while answering: %v", p)
			end(lease.Bury(fmt.Sprintf("panic: %v", p)))
		}
	}()
	switch err := w.steps(ctx, n, log); {
	case err == nil:
		end(lease.Done())
	case ctx.Err() != nil:
		log.WithError(err).Warn("stopped before it was answered")
		end(lease.Retry(0))
	case fault.Of(err) == fault.NotFound:
		log.WithError(err).Info("gone before it was fetched")
		end(lease.Done())
	default:
		log.WithError(err).Error("given up")
		end(lease.Bury(err.Error()))
	}
}

// steps hydrates, thinks and sends.
func (w *Worker) steps(ctx context.Context, n chat.Notice, log logrus.FieldLogger) error {
	ev, err := again(ctx, w.GiveUp, log, func() (chat.Event, error) { return w.Conversation.Hydrate(ctx, n) }, freshlyMissing())
	if err != nil || ev == nil {
		return err
	}
	room := roomOf(ev)
	line := &workingLine{worker: w, room: room, log: log}
	replies := w.Brain.Handle(ctx, ev, func(r chat.Reply) { line.after(ctx, w.Patience, r) })
	if !slices.ContainsFunc(replies, func(r chat.Reply) bool { return r.File != nil }) {
		line.settle() // the answer is here; a file is still to be asked for
	}
	var failed []error
	for _, r := range replies {
		failed = append(failed, w.send(ctx, room, r, log))
	}
	line.remove(ctx)
	return errors.Join(failed...)
}

// send says r, or what is to be said instead when its file couldn't be written.
func (w *Worker) send(ctx context.Context, room string, r chat.Reply, log logrus.FieldLogger) error {
	var unwritten error
	if r.File != nil {
		file := *r.File
		write := file.Write
		file.Write = func(ctx context.Context, out io.Writer) error {
			unwritten = nil
			counted := &counter{to: out}
			err := write(ctx, counted)
			if err != nil && counted.failed == nil {
				unwritten = err
			}
			return err
		}
		r.File = &file
	}
	_, err := again(ctx, w.GiveUp, log, func() (string, error) {
		id, err := w.Conversation.Send(ctx, room, r)
		if unwritten != nil {
			return "", backoff.Permanent(unwritten)
		}
		return id, err
	}, nil)
	if unwritten != nil && r.File.Failed != nil && ctx.Err() == nil {
		return w.send(ctx, room, r.File.Failed(unwritten), log)
	}
	return err
}

// counter tells a write that failed because nobody read on from one that had nothing to write.
type counter struct {
	to     io.Writer
	failed error
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	if err != nil {
		c.failed = err
	}
	return n, err
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
func again[T any](ctx context.Context, giveUp time.Duration, log logrus.FieldLogger, step func() (T, error), also func(error) bool) (T, error) {
	var last error
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 500*time.Millisecond, 30*time.Second
	result, err := backoff.Retry(ctx, func() (T, error) {
		var result T
		result, last = step()
		switch {
		case last == nil:
			return result, nil
		case fault.After(last) > 0 && fault.Passing(last):
			return result, &backoff.RetryAfterError{Duration: fault.After(last)}
		case fault.Passing(last), also != nil && also(last):
			return result, last
		}
		return result, backoff.Permanent(last)
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(giveUp), backoff.WithNotify(func(_ error, d time.Duration) {
		log.WithError(last).Warnf("trying again in %v", d.Round(time.Millisecond))
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

// workingLine is the message that says what takes so long, if it takes long.
type workingLine struct {
	worker *Worker
	room   string
	log    logrus.FieldLogger

	mu    sync.Mutex
	timer *time.Timer
	sent  chan string // gets the message's id, or is closed without one
}

func (l *workingLine) after(ctx context.Context, patience time.Duration, r chat.Reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		return // one line is enough
	}
	sent := make(chan string, 1)
	l.sent = sent
	l.timer = time.AfterFunc(patience, func() {
		defer close(sent)
		id, err := l.worker.Conversation.Send(ctx, l.room, r)
		if err != nil {
			l.log.WithError(err).Debug("couldn't say that it takes a while")
			return
		}
		sent <- id
	})
}

// settle keeps the line from being sent if it wasn't yet.
func (l *workingLine) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil && l.timer.Stop() {
		l.timer = nil
	}
}

// remove takes the line back. It is a courtesy, so it is tried once.
func (l *workingLine) remove(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer == nil || l.timer.Stop() {
		return
	}
	id, ok := <-l.sent
	if !ok {
		return
	}
	if err := l.worker.Conversation.Remove(ctx, id); err != nil {
		l.log.WithError(err).Debug("couldn't take back that it takes a while")
	}
}

func roomOf(ev chat.Event) string {
	switch ev := ev.(type) {
	case chat.Message:
		return ev.Room.ID
	case chat.Submission:
		return ev.Room.ID
	case chat.Arrival:
		return ev.Room.ID
	}
	return ""
}
