package inboxtest

import (
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

func (s *suite) later(e chat.Event, at time.Time) {
	s.Helper()
	s.ok(s.PutLater(s.Context(), e, at))
}

// taken once, not before it was due, with the time it was due.
func (s *suite) takeDue(e chat.Event, at time.Time) inbox.Lease {
	s.Helper()
	l := s.take(e)
	now := time.Now()
	if got := l.Event().At; now.Before(at) || got.Before(at) || got.After(at.Add(time.Second)) {
		s.Errorf("taken at %s with At %s, due at %s", now, got, at)
	}
	return l
}

func (s *suite) due() {
	var now time.Time
	at := s.soon(func(at time.Time) {
		now = time.Now()
		s.later(event("a", 2), at)
		s.later(event("a", 1), now)
		s.later(event("b", 1), now.Add(time.Hour))
	})
	s.ok(s.takeDue(event("a", 1), now).Done())
	s.ok(s.takeDue(event("a", 2), at).Done())
	s.counted(inbox.Counts{})
	s.nothing()
}

func (s *suite) dueReplaced() {
	s.with(10)
	s.later(event("a", 1), time.Now().Add(time.Hour))
	at := time.Now().Add(100 * time.Millisecond)
	e := event("a", 1)
	e.Lookup = "https://example.com/new"
	s.later(e, at)
	l := s.takeDue(e, at)
	if l.Event().Lookup != e.Lookup {
		s.Errorf("got %+v, want the newer one", l.Event())
	}
	s.ok(l.Done())
	s.later(e, time.Now().Add(time.Hour))
	s.nothing()
}

func (s *suite) dueCanceled() {
	at := s.soon(func(at time.Time) {
		s.later(event("a", 1), at)
		s.later(event("b", 1), at)
		s.ok(s.Cancel(s.Context(), event("a", 1).Key()))
	})
	s.ok(s.Cancel(s.Context(), event("c", 1).Key())) // there is none
	s.ok(s.takeDue(event("b", 1), at).Done())
	s.nothing()
	s.later(event("a", 1), time.Now())
	s.ok(s.take(event("a", 1)).Done())
}

func (s *suite) dueRestart() {
	s.with(10)
	at := time.Now().Add(100 * time.Millisecond)
	s.later(event("a", 1), at)
	s.later(event("b", 1), time.Now().Add(2*time.Second))
	s.reopen()
	s.ok(s.take(event("a", 1)).Done())
	s.ok(s.take(event("b", 1)).Done())
	s.reopen()
	s.nothing()
}

// The same key becomes due again and again; an event that was put under it in the meantime is another one.
func (s *suite) dueAgain() {
	s.with(10)
	for range 3 {
		s.later(event("a", 1), time.Now())
		s.ok(s.take(event("a", 1)).Done())
	}
	s.put(event("a", 1), true)
	s.ok(s.take(event("a", 1)).Done())
	s.nothing()
}
