package transport

import (
	"sync"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

// Pauses before a skipped space is tried again, and how often the log mentions it.
const (
	firstSkip = 30 * time.Second
	maxSkip   = time.Hour
	logEvery  = 24 * time.Hour
)

// skipped are the spaces whose messages Webex refuses to list. They are tried again by themselves, so
// that no space waits for another one. Safe for concurrent use.
type skipped struct {
	mu     sync.Mutex
	spaces map[string]skippedSpace // by id
	logged map[string]time.Time    // by subject
}

type skippedSpace struct {
	room  webex.Room
	since time.Time // what happened from then on was not received
	pause time.Duration
	next  time.Time // not tried again before
	brief bool      // the error was a temporary one
}

// add skips a space whose messages since a time couldn't be listed.
func (s *skipped) add(room webex.Room, since, now time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	space, again := s.spaces[room.ID]
	if !again {
		space = skippedSpace{room: room, since: since, pause: firstSkip / 2}
	}
	space.pause = min(2*space.pause, maxSkip)
	space.next, space.brief = now.Add(max(space.pause, fault.After(err))), fault.Temporary(err)
	s.spaces[room.ID] = space
}

func (s *skipped) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.spaces, id)
}

// get returns a skipped space.
func (s *skipped) get(id string) (skippedSpace, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	space, ok := s.spaces[id]
	return space, ok
}

// due returns the spaces to try again now.
func (s *skipped) due(now time.Time) (spaces []skippedSpace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, space := range s.spaces {
		if !now.Before(space.next) {
			spaces = append(spaces, space)
		}
	}
	return spaces
}

// next returns when the first space is due, or false if none is skipped.
func (s *skipped) next() (at time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, space := range s.spaces {
		if !ok || space.next.Before(at) {
			at, ok = space.next, true
		}
	}
	return at, ok
}

// earliest returns the time until which everything was received, at most at: spaces with a temporary
// error are caught up after a restart, too.
func (s *skipped) earliest(at time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, space := range s.spaces {
		if space.brief && space.since.Before(at) {
			at = space.since
		}
	}
	return at
}

// mayLog reports whether the log may mention a subject again: once a day.
func (s *skipped) mayLog(subject string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.logged[subject]; ok && now.Sub(last) < logEvery {
		return false
	}
	s.logged[subject] = now
	return true
}
