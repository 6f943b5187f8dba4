// Package inboxtest is the contract of inbox.Store as a suite of tests, a store in memory for the tests of
// other packages, and small disks that can be filled. Only tests import it.
//
// Reading order: suite.go, memory.go, disk_linux.go, due.go, contract.go.
package inboxtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// Run checks a store. empty returns a place without events, with room for capacity of them.
func Run(t *testing.T, empty func(t *testing.T, capacity int) Place) {
	for name, check := range map[string]func(*suite){
		"put and take":                  (*suite).taken,
		"copies are dropped":            (*suite).copies,
		"order within a space":          (*suite).order,
		"spaces are independent":        (*suite).spaces,
		"retry":                         (*suite).retry,
		"two ids of one space":          (*suite).oneSpace,
		"retry later":                   (*suite).retryLater,
		"bury":                          (*suite).bury,
		"replay":                        (*suite).replay,
		"forget":                        (*suite).forget,
		"replies sent":                  (*suite).sent,
		"watch":                         (*suite).watch,
		"count":                         (*suite).count,
		"notes":                         (*suite).notes,
		"claims":                        (*suite).claims,
		"many take at once":             (*suite).many,
		"capacity":                      (*suite).full,
		"take ends with its context":    (*suite).canceled,
		"take ends when it is closed":   (*suite).closed,
		"restart":                       (*suite).restart,
		"due events":                    (*suite).due,
		"due events are replaced":       (*suite).dueReplaced,
		"due events are canceled":       (*suite).dueCanceled,
		"due events survive a restart":  (*suite).dueRestart,
		"a due event comes round again": (*suite).dueAgain,
		"ready":                         (*suite).ready,
	} {
		t.Run(name, func(t *testing.T) {
			s := &suite{T: t, empty: empty}
			t.Cleanup(s.close)
			check(s)
		})
	}
}

func (s *suite) taken() {
	s.with(10)
	want := event("a", 1)
	want.At = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)
	want.Lookup = "https://conversation.example/messages/1"
	s.put(want, true)
	l := s.take(want)
	if got := l.Event(); got != want || l.Attempt() != 1 || !l.Held() || l.Sent() != 0 {
		s.Errorf("got %+v at attempt %d, want %+v", got, l.Attempt(), want)
	}
	s.ok(l.Done())
	s.nothing()
}

func (s *suite) copies() {
	s.with(10)
	e := event("a", 1)
	s.put(e, true)
	again := e
	again.At = time.Now() // received later, or by another transport
	again.Room = ""
	s.put(again, false)
	l := s.take(e)
	s.put(e, false)
	s.known(e, false)
	s.ok(l.Done())
	s.put(e, false)
	s.known(e, true)
	other := e
	other.Action = "deleted"
	s.put(other, true)
}

func (s *suite) order() {
	s.with(10)
	for i := range 3 {
		s.put(event("a", i), true)
	}
	for i := range 3 {
		l := s.take(event("a", i))
		s.nothing() // the next one waits for this one
		s.ok(l.Done())
	}
}

// A space whose id is written in two ways is one space.
func (s *suite) oneSpace() {
	s.with(10)
	ours, other := event("us/a", 1), event("eu/a", 2)
	ours.RoomUUID, other.RoomUUID = "a", "a"
	s.put(ours, true)
	s.put(other, true)
	l := s.take(ours)
	s.nothing()
	s.ok(l.Done())
	s.ok(s.take(other).Done())
}

func (s *suite) spaces() {
	s.with(10)
	s.put(event("a", 1), true)
	s.put(event("a", 2), true)
	s.put(event("b", 1), true)
	a := s.take(event("a", 1))
	b := s.take(event("b", 1))
	s.ok(b.Done())
	s.ok(a.Done())
	s.ok(s.take(event("a", 2)).Done())
}

func (s *suite) retry() {
	s.with(10)
	s.put(event("a", 1), true)
	s.put(event("a", 2), true)
	for attempt := 1; attempt <= 20; attempt++ { // at once, and before the second: the space waits
		l := s.take(event("a", 1))
		if l.Attempt() != attempt {
			s.Errorf("attempt %d, want %d", l.Attempt(), attempt)
		}
		if attempt < 20 {
			s.ok(l.Retry(0))
			continue
		}
		s.ok(l.Done())
	}
	s.ok(s.take(event("a", 2)).Done())
}

func (s *suite) retryLater() {
	s.with(10)
	s.put(event("a", 1), true)
	const pause = 100 * time.Millisecond
	began := time.Now()
	s.ok(s.take(event("a", 1)).Retry(pause))
	l := s.take(event("a", 1))
	if waited := time.Since(began); waited < pause || l.Attempt() != 2 {
		s.Errorf("attempt %d after %s", l.Attempt(), waited)
	}
	s.ok(l.Done())
}

func (s *suite) bury() {
	s.with(10)
	s.put(event("a", 1), true)
	s.put(event("a", 2), true)
	s.ok(s.take(event("a", 1)).Bury("for a reason"))
	s.ok(s.take(event("a", 2)).Done())
	s.put(event("a", 1), false)
}

func (s *suite) full() {
	s.with(2)
	s.put(event("a", 1), true)
	s.put(event("a", 2), true)
	if stored, err := s.Put(s.Context(), event("b", 1)); stored || fault.Of(err) != fault.Unavailable {
		s.Fatalf("Put into a full store: %v, %v", stored, err)
	}
	s.put(event("a", 1), false) // a copy needs no room
	s.ok(s.take(event("a", 1)).Done())
	s.put(event("a", 1), false)
	s.until(func() bool {
		stored, err := s.Put(s.Context(), event("b", 1))
		return stored && err == nil
	})
}

func (s *suite) replay() {
	s.with(10)
	for i := range 2 {
		s.put(event("a", i), true)
		s.ok(s.take(event("a", i)).Bury(fmt.Sprint("reason ", i)))
	}
	all := s.dead()
	if len(all) != 2 || all[0].Event.ID != "a-0" || all[1].Reason != "reason 1" || all[0].ID == 0 || all[0].ID >= all[1].ID || time.Since(all[0].At) > time.Hour {
		s.Fatalf("the dead letters are %+v", all)
	}
	s.ok(s.Replay(s.Context(), all[1].ID))
	l := s.take(event("a", 1))
	if l.Attempt() != 1 {
		s.Errorf("attempt %d, want 1", l.Attempt())
	}
	s.ok(l.Done())
	if left := s.dead(); len(left) != 1 || left[0].ID != all[0].ID {
		s.Errorf("left are %+v", left)
	}
	if err := s.Replay(s.Context(), all[1].ID); fault.Of(err) != fault.NotFound {
		s.Errorf("replayed twice: %v", err)
	}
	s.nothing()
}

func (s *suite) forget() {
	s.with(10)
	s.put(event("a", 1), true)
	s.ok(s.take(event("a", 1)).Bury("for a reason"))
	id := s.dead()[0].ID
	s.ok(s.Forget(s.Context(), id))
	if left := s.dead(); len(left) != 0 {
		s.Errorf("left are %+v", left)
	}
	if err := s.Forget(s.Context(), id); fault.Of(err) != fault.NotFound {
		s.Errorf("forgotten twice: %v", err)
	}
	s.nothing()
}

func (s *suite) sent() {
	s.with(10)
	s.put(event("a", 1), true)
	l := s.take(event("a", 1))
	s.ok(l.Keep(2))
	s.ok(l.Retry(0))
	l = s.take(event("a", 1))
	if l.Sent() != 2 {
		s.Errorf("%d are sent, want 2", l.Sent())
	}
	s.ok(l.Done())
}

func (s *suite) watch() {
	s.with(10)
	seen := make(chan chat.Event, 10)
	stop, err := s.Watch(func(e chat.Event) { seen <- e })
	s.ok(err)
	see := func(want chat.Event) {
		s.Helper()
		select {
		case got := <-seen:
			if got.Key() != want.Key() || got.Room != want.Room {
				s.Errorf("saw %+v", got)
			}
		case <-s.Context().Done():
			s.Fatal(s.Context().Err())
		}
	}
	s.put(event("room", 1), true)
	see(event("room", 1))
	l := s.take(event("room", 1))
	s.put(event("room", 1), false)
	s.put(event("room", 2), true) // it waits for the first one, and is seen all the same
	see(event("room", 2))
	s.ok(l.Done())
	stop()
	s.put(event("room", 3), true)
	s.ok(s.take(event("room", 2)).Done())
	s.ok(s.take(event("room", 3)).Done())
	select {
	case e := <-seen:
		s.Errorf("saw %+v after the end", e)
	default:
	}
}

func (s *suite) count() {
	s.with(10)
	for i := range 3 {
		s.put(event("a", i), true)
	}
	s.ok(s.take(event("a", 0)).Done())
	s.ok(s.take(event("a", 1)).Bury("for a reason"))
	s.counted(inbox.Counts{Waiting: 1, Dead: 1})
}

func (s *suite) notes() {
	s.with(10)
	s.read("a-name", "")
	s.ok(s.Write(s.Context(), "a-name", []byte("one")))
	s.read("a-name", "one")
	s.ok(s.Write(s.Context(), "a-name", []byte("two")))
	s.read("a-name", "two")
}

func (s *suite) claims() {
	s.with(10)
	claim := func(name, value string, ttl time.Duration, want string) {
		s.Helper()
		if got, err := s.Claim(s.Context(), name, []byte(value), ttl); err != nil || string(got) != want {
			s.Errorf("%s claims %s: %q, %v; want %q", value, name, got, err, want)
		}
	}
	claim("key", "first", 0, "first")
	claim("key", "second", 0, "first")
	claim("key", "first", 0, "first")
	claim("lead", "first", time.Hour, "first")
	claim("lead", "second", time.Hour, "first")
	claim("lead", "first", time.Second, "first") // extended, to a shorter time
	s.until(func() bool {
		got, err := s.Claim(s.Context(), "lead", []byte("second"), time.Hour)
		s.ok(err)
		return string(got) == "second"
	})
	claim("lead", "first", time.Hour, "second")
	s.reopen()
	claim("lead", "first", time.Hour, "second")
	claim("key", "second", 0, "first")
}

// Many who take get everything once, and each space in its order.
func (s *suite) many() {
	const rooms, each = 20, 10
	s.with(rooms * each)
	for i := range each {
		for r := range rooms {
			s.put(event(fmt.Sprint("room", r), i), true)
		}
	}
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	var (
		mu    sync.Mutex
		next  = map[string]int{}
		total int
		group sync.WaitGroup
	)
	for range 8 {
		group.Go(func() {
			for {
				l, err := s.Take(ctx)
				if err != nil {
					return
				}
				e := l.Event()
				mu.Lock()
				if want := event(e.Room, next[e.Room]); e.ID != want.ID {
					s.Errorf("took %s, want %s", e.ID, want.ID)
				}
				next[e.Room]++
				if total++; total == rooms*each {
					cancel()
				}
				mu.Unlock()
				if err := l.Done(); err != nil {
					s.Error(err)
				}
			}
		})
	}
	group.Wait()
	if total != rooms*each {
		s.Errorf("took %d, want %d", total, rooms*each)
	}
	s.counted(inbox.Counts{})
}

func (s *suite) canceled() {
	s.with(10)
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if _, err := s.Take(ctx); !errors.Is(err, context.Canceled) {
		s.Errorf("got %v", err)
	}
}

func (s *suite) closed() {
	s.with(10)
	ended := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := s.Take(context.Background())
			ended <- err
		}()
	}
	s.ok(s.Store.Close())
	for range 3 {
		if err := <-ended; !errors.Is(err, inbox.ErrClosed) {
			s.Errorf("Take ended with %v", err)
		}
	}
	if _, err := s.Put(s.Context(), event("a", 1)); err == nil {
		s.Error("a closed store takes events")
	}
	if err := s.Ready(s.Context()); err == nil {
		s.Error("a closed store is ready")
	}
}

func (s *suite) ready() {
	s.with(10)
	s.ok(s.Ready(s.Context()))
	s.ok(s.Ready(s.Context()))
}

// What wasn't ended when the process stopped is there again, with what is known of it; what was ended
// isn't, even if it is received once more.
func (s *suite) restart() {
	s.with(10)
	for i := range 3 {
		s.put(event("a", i), true)
	}
	s.put(event("b", 0), true)
	a, b := s.take(event("a", 0)), s.take(event("b", 0))
	s.ok(a.Done())
	s.ok(b.Bury("for a reason"))
	s.ok(s.take(event("a", 1)).Keep(1))
	s.ok(s.Write(s.Context(), "since", []byte("then")))
	s.reopen()

	s.put(event("a", 0), false)
	s.put(event("b", 0), false)
	l := s.take(event("a", 1))
	if l.Attempt() != 2 || l.Sent() != 1 {
		s.Errorf("attempt %d with %d sent, want 2 and 1", l.Attempt(), l.Sent())
	}
	s.ok(l.Done())
	s.ok(s.take(event("a", 2)).Done())
	s.put(event("a", 3), true)
	s.ok(s.take(event("a", 3)).Done())
	s.counted(inbox.Counts{Dead: 1})
	if all := s.dead(); len(all) != 1 || all[0].Event.ID != "b-0" {
		s.Errorf("the dead letters are %+v", all)
	}
	s.read("since", "then")
	s.known(event("a", 0), true)
}
