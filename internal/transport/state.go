package transport

import (
	"context"
	"sync"

	"overwatch/internal/fault"
)

// State is whether a transport is connected, for /readyz and metrics. Safe for concurrent use.
type State struct {
	first chan struct{} // closed when it was up for the first time
	once  sync.Once

	mu  sync.Mutex
	err error // nil while it is up
}

func newState() *State {
	return &State{
		first: make(chan struct{}),
		err:   &fault.Error{Kind: fault.Unavailable, Message: "Not connected to Webex yet.", Hint: "Wait a moment; the log shows what is being tried."},
	}
}

// Up records that everything that happens from now on is received.
func (s *State) Up() { s.set(nil); s.once.Do(func() { close(s.first) }) }

// Down records that events may be missed, and why.
func (s *State) Down(why error) { s.set(why) }

func (s *State) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Err returns nil while the transport is up, else why it is down.
func (s *State) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Wait waits until the transport is up for the first time. The error is that of ctx.
func (s *State) Wait(ctx context.Context) error {
	select {
	case <-s.first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
