// Package transport has what the ways to hear have in common. Each way is a package below it: it
// hears that something happened, puts the notice into the inbox, and keeps itself going until it is
// stopped. It fetches no content and answers no questions.
//
// It is imported by the transports and by internal/app, which chooses one.
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
	"overwatch/internal/telemetry"
	"overwatch/internal/webex"
)

// Transport is a way to hear. Every implementation passes the contract suite in transporttest.
type Transport interface {
	// Run hears until ctx ends, which is no error. It never gives up what may pass by itself; an
	// error is something that a person has to mend, and is a fault that says so.
	Run(ctx context.Context) error
	// Describe says in a few words how it hears, to follow "I hear".
	Describe() string
}

// Config chooses a transport.
type Config struct {
	Transport string `default:"websocket" enum:"websocket,webhook,polling" help:"How to hear: websocket needs nothing but the way out to Webex; webhook needs an address that Webex can reach; polling is for where neither works, and hears no pressed buttons."`
}

// Options are what an Receiver is made of; Metrics may be nil.
type Options struct {
	Client  *webex.Client
	Me      webex.Person
	Sink    inbox.Sink
	Notes   inbox.Notes // what has to be known again after a restart
	Log     logrus.FieldLogger
	Metrics *telemetry.Metrics
}

// Receiver is what every transport hears with. It may be used by many at once.
type Receiver struct {
	Options
	State *State

	missed   chan struct{} // a token when something may have been missed
	catching sync.Mutex    // one catches up at a time
	recent   map[string]struct{}
}

// NewReceiver returns an ear.
func NewReceiver(o Options) *Receiver {
	return &Receiver{Options: o, State: newState(), missed: make(chan struct{}, 1), recent: map[string]struct{}{}}
}

// storeWithin is how long one attempt to store a notice may take.
const storeWithin = 5 * time.Second

// Resources are what the bot hears of.
func Resources() []string { return []string{"messages", "attachmentActions", "memberships"} }

// Hear puts a notice into the inbox, unless nobody has to answer it: what the bot did itself, and
// events of other kinds. The error is the inbox's; the notice isn't kept then.
func (r *Receiver) Put(ctx context.Context, n chat.Event) (stored bool, err error) {
	log := r.Log.WithFields(logrus.Fields{"resource": n.Resource, "event": n.Action, "id": n.ID})
	own := n.Resource != "memberships" && webex.SamePerson(n.Actor, r.Me.ID)
	if own || n.Action != "created" || !slices.Contains(Resources(), n.Resource) {
		log.Debug("heard, and nothing to do")
		return false, nil
	}
	stored, err = r.Sink.Put(ctx, n)
	outcome := "stored"
	switch {
	case err != nil:
		outcome = "refused"
	case !stored:
		outcome = "copy"
	}
	r.Metrics.Received(n.Resource, outcome)
	log.WithField("outcome", outcome).Debug("heard")
	return stored, err
}

// PutUntil hears until the notice is stored, for the inbox may be full or its cluster away. When ctx ends
// it tries once more; the error is that of the last attempt.
func (r *Receiver) PutUntil(ctx context.Context, n chat.Event) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
		_, err := r.Put(attempt, n)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		r.Log.WithError(err).Warn("can't store what was heard; I'll try again")
		select {
		case <-ctx.Done():
		case <-time.After(max(wait, fault.After(err))):
		}
	}
}

// WithError is a log entry for why nothing is heard: what happened, and what a person may do about it.
func (r *Receiver) WithError(err error) *logrus.Entry {
	entry := r.Log.WithError(err)
	if _, do := fault.Text(err); do != "" {
		entry = entry.WithField("do", do)
	}
	return entry
}

// State is whether a transport hears now, for /readyz, metrics and whoever waits for it.
type State struct {
	first chan struct{} // closed when it heard for the first time
	once  sync.Once

	mu  sync.Mutex
	err error // nil while it hears
}

func newState() *State {
	return &State{
		first: make(chan struct{}),
		err:   &fault.Error{Kind: fault.Unavailable, Message: "I don't hear yet.", Hint: "Wait a moment; the log says what takes so long."},
	}
}

// Hears says that everything that happens from now on is heard.
func (s *State) Up() { s.set(nil); s.once.Do(func() { close(s.first) }) }

// Deaf says why nothing is heard for now.
func (s *State) Down(why error) { s.set(why) }

func (s *State) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Err returns nil while the transport hears, else why it doesn't.
func (s *State) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Wait waits until the transport hears for the first time.
func (s *State) Wait(ctx context.Context) error {
	select {
	case <-s.first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
