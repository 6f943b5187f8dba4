package transport

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/retry"
	"overwatch/internal/telemetry"
	"overwatch/internal/webex"
)

// Options configure a Receiver. Only Metrics may be nil.
type Options struct {
	Client  *webex.Client
	Me      webex.Person
	Sink    inbox.Sink
	Notes   inbox.Notes // what must be known after a restart
	Log     logrus.FieldLogger
	Metrics *telemetry.Metrics
}

// Receiver puts events into the inbox and catches up on missed ones. Every transport has one. Safe for
// concurrent use.
type Receiver struct {
	Client *webex.Client
	Me     webex.Person
	Notes  inbox.Notes
	Log    logrus.FieldLogger
	State  *State

	sink    inbox.Sink
	metrics *telemetry.Metrics

	requests requests
	catching sync.Mutex          // held while catching up, with what follows
	recent   map[string]struct{} // keys of the events found last time
	skipped  skipped
}

// NewReceiver returns a receiver.
func NewReceiver(o Options) *Receiver {
	return &Receiver{
		Client: o.Client, Me: o.Me, Notes: o.Notes, Log: o.Log, State: newState(), sink: o.Sink, metrics: o.Metrics,
		requests: requests{token: make(chan struct{}, 1)}, recent: map[string]struct{}{},
		skipped: skipped{spaces: map[string]skippedSpace{}, logged: map[string]time.Time{}},
	}
}

// putTimeout limits one attempt to store an event.
const putTimeout = 5 * time.Second

// Put stores an event in the inbox. Events that need no reply are dropped: the bot's own actions, and
// other kinds than those in Resources. stored is false for those and for copies. The error is the
// inbox's, and the event isn't stored then.
func (r *Receiver) Put(ctx context.Context, n chat.Event) (stored bool, err error) {
	log := r.Log.WithFields(logrus.Fields{"resource": n.Resource, "event": n.Action, "id": n.ID})
	own := n.Resource != "memberships" && webex.SamePerson(n.Actor, r.Me.ID)
	if own || n.Action != "created" || !slices.Contains(Resources(), n.Resource) {
		log.Debug("event dropped: nothing to do")
		return false, nil
	}
	n.UUID, n.RoomUUID = webex.UUID(n.ID), webex.UUID(n.Room)
	stored, err = r.sink.Put(ctx, n)
	outcome := "stored"
	switch {
	case err != nil:
		outcome = "refused"
	case !stored:
		outcome = "copy"
	}
	r.metrics.Received(n.Resource, outcome)
	log.WithField("outcome", outcome).Debug("event received")
	return stored, err
}

// PutUntil repeats Put until the event is stored. When ctx ends it tries once more and returns the
// error of that attempt.
func (r *Receiver) PutUntil(ctx context.Context, n chat.Event) error {
	pauses := retry.NewBackoff(100*time.Millisecond, 5*time.Second)
	for {
		attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTimeout)
		_, err := r.Put(attempt, n)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause := pauses.Next(err)
		r.WithError(err).Warnf("an event can't be stored; next attempt in %v", pause.Round(time.Millisecond))
		_ = retry.Sleep(ctx, pause) // the attempt after it is the last one if ctx has ended
	}
}

// WithError returns a log entry with an error and the hint for it, if there is one.
func (r *Receiver) WithError(err error) *logrus.Entry {
	entry := r.Log.WithError(err)
	if _, hint := fault.Text(err); hint != "" {
		entry = entry.WithField("hint", hint)
	}
	return entry
}

// TokenRefused reports whether err means that the bot's token is invalid. A single refusal may concern
// one space or one request only, so Webex is asked once more: GET /people/me.
func (r *Receiver) TokenRefused(ctx context.Context, err error) bool {
	if fault.Of(err) != fault.Denied {
		return false
	}
	_, err = r.Client.Me(ctx)
	return fault.Of(err) == fault.Denied
}
