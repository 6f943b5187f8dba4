package local

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// dueEvents wakes the store when an event is due. The events are on disk only.
type dueEvents struct {
	gate // held while due events are changed

	mu     sync.Mutex
	timer  *time.Timer
	next   time.Time // when the timer fires; zero while it doesn't
	closed bool
}

const (
	dueAtOnce = 256              // events that are delivered in one go
	dueRetry  = time.Second      // while the inbox is full or can't be written
	dueAtMost = 10 * time.Minute // that the timer sleeps, since the clock may be set
)

// PutLater implements inbox.Schedule.
func (s *Store) PutLater(ctx context.Context, e chat.Event, at time.Time) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	id := digestOf(e.Key())
	if up := at.Truncate(time.Millisecond); up.Before(at) {
		at = up.Add(time.Millisecond)
	}
	err = s.changeDue(ctx, id, set(dueAtKey(at, id), body), set(dueKey(id), number(0, millis(at))[1:]))
	if err == nil {
		s.wakeAt(at)
	}
	return err
}

// Cancel implements inbox.Schedule.
func (s *Store) Cancel(ctx context.Context, key string) error {
	id := digestOf(key)
	return s.changeDue(ctx, id, del(dueKey(id)))
}

// changeDue removes the due event of an id, if there is one, and writes what comes in its place.
func (s *Store) changeDue(ctx context.Context, id digest, writes ...write) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := s.due.lock(ctx); err != nil {
		return s.unavailable(err)
	}
	defer s.due.unlock()
	old, err := s.get(dueKey(id))
	if err != nil {
		return s.unavailable(err)
	}
	if len(old) == 8 {
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(old)))
		writes = append([]write{del(dueAtKey(at, id))}, writes...)
	}
	return s.commit(ctx, true, writes...)
}

// wakeAt makes sure that the timer fires at a time, or before.
func (s *Store) wakeAt(at time.Time) {
	d := &s.due
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || !d.next.IsZero() && !at.Before(d.next) {
		return
	}
	now := time.Now()
	if latest := now.Add(dueAtMost); at.After(latest) {
		at = latest
	}
	d.next = at
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer = time.AfterFunc(max(at.Sub(now), 0), s.deliver)
}

// armDue sets the timer for the first due event.
func (s *Store) armDue() error {
	return s.scan([]byte{duePrefix}, func(key, _ []byte) (bool, error) {
		at, _, err := parseDue(key)
		if err != nil {
			return false, damage(key, err)
		}
		s.wakeAt(at)
		return false, nil
	})
}

func parseDue(key []byte) (at time.Time, id digest, err error) {
	if len(key) != 9+len(id) {
		return at, id, errKey
	}
	copy(id[:], key[9:])
	return time.UnixMilli(int64(seqOf(key))), id, nil
}

// deliver moves what is due into the queue. The timer calls it.
func (s *Store) deliver() {
	s.due.mu.Lock()
	s.due.next = time.Time{}
	closed := s.due.closed
	s.due.mu.Unlock()
	if closed {
		return
	}
	err := s.deliverDue()
	switch {
	case errors.Is(err, inbox.ErrClosed):
		return
	case err != nil:
		if fault.Of(err) != fault.Unavailable {
			s.log.WithError(err).Error("events that are due can't be delivered; the bot tries again")
		}
		s.wakeAt(time.Now().Add(dueRetry))
	default:
		if err := s.armDue(); err != nil {
			s.wakeAt(time.Now().Add(dueRetry))
		}
	}
}

// dueEvent is an event that is due.
type dueEvent struct {
	at    time.Time
	id    digest
	event chat.Event
}

func (s *Store) deliverDue() error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := s.due.lock(ctx); err != nil {
		return s.unavailable(err)
	}
	defer s.due.unlock()
	list, orphans, err := s.listDue(time.Now())
	if err != nil {
		return err
	}
	if len(orphans) > 0 {
		if err := s.commit(ctx, false, orphans...); err != nil {
			return err
		}
	}
	for _, d := range list {
		d.event.At = d.at
		r := record{ID: fmt.Sprintf("%s@%d", d.event.Key(), d.at.UnixMilli()), Event: d.event}
		stored, err := s.insert(ctx, r, del(dueAtKey(d.at, d.id)), del(dueKey(d.id)))
		if err != nil {
			return err
		}
		if !stored { // it was delivered before a loss of power
			if err := s.commit(ctx, false, del(dueAtKey(d.at, d.id)), del(dueKey(d.id))); err != nil {
				return err
			}
		}
	}
	return nil
}

// listDue returns what is due, and the removal of events that were replaced but not removed.
func (s *Store) listDue(now time.Time) (list []dueEvent, orphans []write, err error) {
	var all []dueEvent
	err = s.scan([]byte{duePrefix}, func(key, value []byte) (bool, error) {
		at, id, err := parseDue(key)
		if err != nil {
			return false, damage(key, err)
		}
		if at.After(now) || len(all) == dueAtOnce {
			return false, nil
		}
		d := dueEvent{at: at, id: id}
		if err := json.Unmarshal(value, &d.event); err != nil {
			return false, damage(key, err)
		}
		all = append(all, d)
		return true, nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, d := range all {
		current, err := s.get(dueKey(d.id))
		if err != nil {
			return nil, nil, err
		}
		if len(current) == 8 && binary.BigEndian.Uint64(current) == millis(d.at) {
			list = append(list, d)
		} else {
			orphans = append(orphans, del(dueAtKey(d.at, d.id)))
		}
	}
	return list, orphans, nil
}

func (d *dueEvents) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.timer != nil {
		d.timer.Stop()
	}
}
