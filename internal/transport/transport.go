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

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// Transport is a way to hear. Every implementation passes the contract suite in transporttest.
type Transport interface {
	// Run hears until ctx ends, which is no error. It never gives up what may pass by itself; an
	// error is something that a person has to mend, and is a fault that says so.
	Run(ctx context.Context) error
}

// Options are what every transport is given.
type Options struct {
	Sink  inbox.Sink
	Notes inbox.Notes // what it has to know again after a restart
	State *State
	Log   logrus.FieldLogger
}

// Resources are what the bot hears of.
func Resources() []string { return []string{"messages", "attachmentActions", "memberships"} }

// Wanted reports whether a notice is of a kind that is answered.
func Wanted(n chat.Notice) bool {
	return n.Event == "created" && slices.Contains(Resources(), n.Resource)
}

// State is whether a transport hears now, for /readyz, metrics and whoever waits for it. The zero
// value isn't ready; use NewState.
type State struct {
	first chan struct{} // closed when it heard for the first time
	once  sync.Once

	mu  sync.Mutex
	err error // nil while it hears
}

// NewState returns the state of a transport that hasn't started.
func NewState() *State {
	return &State{
		first: make(chan struct{}),
		err:   &fault.Error{Kind: fault.Unavailable, Say: "I don't hear yet.", Do: "Wait a moment; the log says what takes so long."},
	}
}

// Hears says that everything that happens from now on is heard.
func (s *State) Hears() { s.set(nil); s.once.Do(func() { close(s.first) }) }

// Deaf says why nothing is heard for now.
func (s *State) Deaf(why error) { s.set(why) }

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
