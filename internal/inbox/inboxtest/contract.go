// Package inboxtest is the contract that every inbox.Store keeps. The tests of each store run it.
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

// Run checks a store. open returns an empty one with room for capacity notices.
func Run(t *testing.T, open func(t *testing.T, capacity int) inbox.Store) {
	for name, check := range map[string]func(t *testing.T, open func(*testing.T, int) inbox.Store){
		"what is put is taken":               taken,
		"a copy is told from news":           copies,
		"one space keeps its order":          order,
		"spaces don't wait for each other":   spaces,
		"a notice given back comes again":    again,
		"a buried one doesn't":               buried,
		"a dead letter is replayed":          replayed,
		"a dead letter is forgotten":         forgotten,
		"what was sent is remembered":        sent,
		"news can be watched":                watched,
		"everything is counted":              counted,
		"notes are kept":                     notes,
		"a claim is one's own":               claims,
		"many take at once":                  many,
		"a full one refuses, and recovers":   full,
		"Take ends with its context":         canceled,
		"Take ends when the store is closed": closed,
	} {
		t.Run(name, func(t *testing.T) { check(t, open) })
	}
}

func watched(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	seen := make(chan chat.Event, 10)
	stop, err := s.Watch(func(n chat.Event) { seen <- n })
	done(t, err)
	next := func() chat.Event {
		select {
		case n := <-seen:
			return n
		case <-time.After(10 * time.Second):
			t.Fatal("a notice that was put isn't seen")
			return chat.Event{}
		}
	}
	put(t, s, notice("room", 1), true)
	if n := next(); n.Key() != notice("room", 1).Key() || n.Room != "room" {
		t.Errorf("saw %+v", n)
	}
	lease := take(t, s, notice("room", 1))
	put(t, s, notice("room", 1), false)
	put(t, s, notice("room", 2), true) // it waits for the first one, and is seen all the same
	if n := next(); n.Key() != notice("room", 2).Key() {
		t.Errorf("saw %+v", n)
	}
	done(t, lease.Done())
	stop()
	put(t, s, notice("room", 3), true)
	select {
	case n := <-seen:
		t.Errorf("saw %+v after the end", n)
	case <-time.After(50 * time.Millisecond):
	}
}

func notice(room string, n int) chat.Event {
	return chat.Event{Resource: "messages", Action: "created", ID: fmt.Sprintf("%s-%d", room, n), Room: room, Actor: "somebody"}
}

func put(t *testing.T, s inbox.Store, n chat.Event, want bool) {
	t.Helper()
	stored, err := s.Put(t.Context(), n)
	if err != nil || stored != want {
		t.Fatalf("Put(%s): %v, %v; want %v", n.ID, stored, err, want)
	}
}

func take(t *testing.T, s inbox.Store, want chat.Event) inbox.Lease {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	l, err := s.Take(ctx)
	if err != nil {
		t.Fatalf("Take: %v; want %s", err, want.ID)
	}
	if l.Event().Key() != want.Key() {
		t.Fatalf("Take: %s; want %s", l.Event().ID, want.ID)
	}
	return l
}

// empty checks that nothing can be taken now.
func empty(t *testing.T, s inbox.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if l, err := s.Take(ctx); err == nil {
		t.Fatalf("Take: %s; want nothing", l.Event().ID)
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func taken(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	want := notice("a", 1)
	want.At = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)
	want.Lookup = "https://conversation.example/messages/1"
	put(t, s, want, true)
	l := take(t, s, want)
	if got := l.Event(); got != want || l.Attempt() != 1 || !l.Held() || l.Sent() != 0 {
		t.Errorf("got %+v at attempt %d, want %+v", got, l.Attempt(), want)
	}
	done(t, l.Done())
	empty(t, s)
}

func copies(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	n := notice("a", 1)
	put(t, s, n, true)
	again := n
	again.At = time.Now() // the same happening, heard later or otherwise
	again.Room = ""
	put(t, s, again, false)
	l := take(t, s, n)
	put(t, s, n, false)
	known(t, s, n, false)
	done(t, l.Done())
	put(t, s, n, false)
	known(t, s, n, true)
	other := n
	other.Action = "deleted"
	put(t, s, other, true)
}

func known(t *testing.T, s inbox.Store, n chat.Event, want bool) {
	t.Helper()
	if got, err := s.Known(t.Context(), n); err != nil || got != want {
		t.Errorf("known: %v, %v; want %v", got, err, want)
	}
}

func order(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	for i := range 3 {
		put(t, s, notice("a", i), true)
	}
	for i := range 3 {
		l := take(t, s, notice("a", i))
		empty(t, s) // the next one waits for this one
		done(t, l.Done())
	}
}

func spaces(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	put(t, s, notice("a", 1), true)
	put(t, s, notice("a", 2), true)
	put(t, s, notice("b", 1), true)
	a := take(t, s, notice("a", 1))
	b := take(t, s, notice("b", 1))
	done(t, b.Done())
	done(t, a.Done())
	done(t, take(t, s, notice("a", 2)).Done())
}

func again(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	put(t, s, notice("a", 1), true)
	put(t, s, notice("a", 2), true)
	l := take(t, s, notice("a", 1))
	done(t, l.Retry(10*time.Millisecond))
	l = take(t, s, notice("a", 1)) // before the second: the space waits
	if l.Attempt() != 2 {
		t.Errorf("it is attempt %d, want 2", l.Attempt())
	}
	done(t, l.Done())
	done(t, take(t, s, notice("a", 2)).Done())
}

func buried(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	put(t, s, notice("a", 1), true)
	put(t, s, notice("a", 2), true)
	done(t, take(t, s, notice("a", 1)).Bury("for a reason"))
	done(t, take(t, s, notice("a", 2)).Done())
	put(t, s, notice("a", 1), false)
}

func full(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 2)
	put(t, s, notice("a", 1), true)
	put(t, s, notice("a", 2), true)
	if stored, err := s.Put(t.Context(), notice("b", 1)); stored || fault.Of(err) != fault.Unavailable {
		t.Fatalf("Put into a full store: %v, %v", stored, err)
	}
	put(t, s, notice("a", 1), false) // what is here already needs no room
	done(t, take(t, s, notice("a", 1)).Done())
	soon(t, "room for another", func() bool {
		stored, err := s.Put(t.Context(), notice("b", 1))
		return stored && err == nil
	})
}

// soon waits until something is so: a store may need a moment to see that a notice is done.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there is no %s", what)
		}
	}
}

func dead(t *testing.T, s inbox.Store) (all []inbox.Dead) {
	t.Helper()
	for d, err := range s.Dead(t.Context()) {
		done(t, err)
		all = append(all, d)
	}
	return all
}

func replayed(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	for i := range 2 {
		put(t, s, notice("a", i), true)
		done(t, take(t, s, notice("a", i)).Bury(fmt.Sprint("reason ", i)))
	}
	all := dead(t, s)
	if len(all) != 2 || all[0].Event.ID != "a-0" || all[1].Reason != "reason 1" || all[0].ID == 0 || all[0].ID >= all[1].ID || time.Since(all[0].At) > time.Minute {
		t.Fatalf("the dead letters are %+v", all)
	}
	done(t, s.Replay(t.Context(), all[1].ID))
	l := take(t, s, notice("a", 1))
	if l.Attempt() != 1 {
		t.Errorf("it is attempt %d, want 1", l.Attempt())
	}
	done(t, l.Done())
	if left := dead(t, s); len(left) != 1 || left[0].ID != all[0].ID {
		t.Errorf("left are %+v", left)
	}
	if err := s.Replay(t.Context(), all[1].ID); fault.Of(err) != fault.NotFound {
		t.Errorf("replayed twice: %v", err)
	}
	empty(t, s)
}

func forgotten(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	put(t, s, notice("a", 1), true)
	done(t, take(t, s, notice("a", 1)).Bury("for a reason"))
	id := dead(t, s)[0].ID
	done(t, s.Forget(t.Context(), id))
	if left := dead(t, s); len(left) != 0 {
		t.Errorf("left are %+v", left)
	}
	if err := s.Forget(t.Context(), id); fault.Of(err) != fault.NotFound {
		t.Errorf("forgotten twice: %v", err)
	}
	empty(t, s)
}

func sent(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	put(t, s, notice("a", 1), true)
	l := take(t, s, notice("a", 1))
	done(t, l.Keep(2))
	done(t, l.Retry(0))
	l = take(t, s, notice("a", 1))
	if l.Sent() != 2 {
		t.Errorf("%d are sent, want 2", l.Sent())
	}
	done(t, l.Done())
}

func counted(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	for i := range 3 {
		put(t, s, notice("a", i), true)
	}
	done(t, take(t, s, notice("a", 0)).Done())
	done(t, take(t, s, notice("a", 1)).Bury("for a reason"))
	soon(t, "count of one that waits and one that is dead", func() bool {
		got, err := s.Count(t.Context())
		done(t, err)
		return got == inbox.Counts{Waiting: 1, Dead: 1}
	})
}

func notes(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s, ctx := open(t, 10), t.Context()
	read := func(want string) {
		t.Helper()
		if got, err := s.Read(ctx, "a-name"); err != nil || string(got) != want {
			t.Errorf("read %q, %v; want %q", got, err, want)
		}
	}
	read("")
	done(t, s.Write(ctx, "a-name", []byte("one")))
	read("one")
	done(t, s.Write(ctx, "a-name", []byte("two")))
	read("two")
}

func claims(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s, ctx := open(t, 10), t.Context()
	claim := func(name, value string, lasting time.Duration, want string) {
		t.Helper()
		if got, err := s.Claim(ctx, name, []byte(value), lasting); err != nil || string(got) != want {
			t.Errorf("%s claims %s: %q, %v; want %q", value, name, got, err, want)
		}
	}
	claim("key", "first", 0, "first")
	claim("key", "second", 0, "first")
	claim("key", "first", 0, "first")
	claim("lead", "first", time.Hour, "first")
	claim("lead", "second", time.Hour, "first")
	claim("lead", "first", time.Second, "first") // again, and for no longer than now wanted
	deadline := time.Now().Add(10 * time.Second)
	for {
		got, err := s.Claim(ctx, "lead", []byte("second"), time.Hour)
		done(t, err)
		if string(got) == "second" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a claim never runs out")
		}
		time.Sleep(50 * time.Millisecond)
	}
	claim("lead", "first", time.Hour, "second")
}

// Many who take get everything once, and each space in its order.
func many(t *testing.T, open func(*testing.T, int) inbox.Store) {
	const rooms, each = 20, 10
	s := open(t, rooms*each)
	for i := range each {
		for r := range rooms {
			put(t, s, notice(fmt.Sprint("room", r), i), true)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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
				n := l.Event()
				mu.Lock()
				if want := notice(n.Room, next[n.Room]); n.ID != want.ID {
					t.Errorf("took %s, want %s", n.ID, want.ID)
				}
				next[n.Room]++
				if total++; total == rooms*each {
					cancel()
				}
				mu.Unlock()
				if err := l.Done(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if total != rooms*each {
		t.Errorf("took %d, want %d", total, rooms*each)
	}
}

func canceled(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Take(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func closed(t *testing.T, open func(*testing.T, int) inbox.Store) {
	s := open(t, 10)
	ended := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := s.Take(context.Background())
			ended <- err
		}()
	}
	done(t, s.Close())
	for range 3 {
		if err := <-ended; !errors.Is(err, inbox.ErrClosed) {
			t.Errorf("Take ended with %v", err)
		}
	}
	if _, err := s.Put(t.Context(), notice("a", 1)); err == nil {
		t.Error("a closed store takes notices")
	}
}
