package inboxtest

import (
	"fmt"
	"testing"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// Place opens the store at one place, again and again: after Close, the next one has what was kept. The
// suite closes what it opens.
type Place func(t *testing.T) inbox.Store

// suite is one check of a store. It waits for events of the store and not for times.
type suite struct {
	*testing.T
	empty func(*testing.T, int) Place
	place Place
	inbox.Store
	fences int // events of nothing
}

// with opens a store with room for capacity events.
func (s *suite) with(capacity int) {
	s.place = s.empty(s.T, capacity)
	s.Store = s.place(s.T)
}

// soon calls schedule with an empty store and a time that is to come, and returns that time. It does so
// anew, with more time, while schedule ends after the time it was given: the machine may be busy.
func (s *suite) soon(schedule func(at time.Time)) time.Time {
	for pause := time.Second; ; pause *= 2 {
		s.with(10)
		at := time.Now().Add(pause)
		schedule(at)
		if time.Now().Before(at) {
			return at
		}
		s.close()
	}
}

func (s *suite) close() {
	if s.Store != nil {
		s.ok(s.Store.Close())
	}
}

// reopen restarts the store.
func (s *suite) reopen() {
	s.Helper()
	s.ok(s.Store.Close())
	s.Store = s.place(s.T)
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func event(room string, n int) chat.Event {
	return chat.Event{Resource: "messages", Action: "created", ID: fmt.Sprintf("%s-%d", room, n), Room: room, Actor: "somebody"}
}

func (s *suite) put(e chat.Event, want bool) {
	s.Helper()
	stored, err := s.Put(s.Context(), e)
	if err != nil || stored != want {
		s.Fatalf("Put(%s): %v, %v; want %v", e.ID, stored, err, want)
	}
}

// take waits for an event, however long it takes.
func (s *suite) take(want chat.Event) inbox.Lease {
	s.Helper()
	l, err := s.Take(s.Context())
	if err != nil {
		s.Fatalf("Take: %v; want %s", err, want.ID)
	}
	if l.Event().Key() != want.Key() {
		s.Fatalf("Take: %s; want %s", l.Event().ID, want.ID)
	}
	return l
}

// nothing checks that nothing else can be taken before an event that is put now.
func (s *suite) nothing() {
	s.Helper()
	s.fences++
	e := event(fmt.Sprint("fence", s.fences), 1)
	s.put(e, true)
	s.ok(s.take(e).Done())
}

// until waits until something is so: a cluster may need a moment to see that an event is done.
func (s *suite) until(so func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-s.Context().Done():
			s.Fatal(s.Context().Err())
		case <-tick.C:
		}
	}
}

func (s *suite) known(e chat.Event, want bool) {
	s.Helper()
	if got, err := s.Known(s.Context(), e); err != nil || got != want {
		s.Errorf("known: %v, %v; want %v", got, err, want)
	}
}

func (s *suite) dead() (all []inbox.Dead) {
	s.Helper()
	for d, err := range s.Dead(s.Context()) {
		s.ok(err)
		all = append(all, d)
	}
	return all
}

func (s *suite) counted(want inbox.Counts) {
	s.until(func() bool {
		got, err := s.Count(s.Context())
		s.ok(err)
		return got == want
	})
}

func (s *suite) read(name, want string) {
	s.Helper()
	if got, err := s.Read(s.Context(), name); err != nil || string(got) != want {
		s.Errorf("read %q, %v; want %q", got, err, want)
	}
}
