package local

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// Take implements inbox.Store.
func (s *Store) Take(ctx context.Context) (inbox.Lease, error) {
	for {
		e, err := s.queue.next(ctx)
		if err != nil {
			return nil, err
		}
		event, err := s.load(e)
		switch {
		case err == nil:
			l := &lease{store: s, entry: e, event: event}
			e.tries++
			l.owe(l.progress())
			return l, nil
		case errors.Is(err, errMissing):
			s.log.WithField("number", e.seq).Error("an event that waited isn't on disk any more; it is lost")
			s.queue.end(e)
			s.queue.forget(e)
		case errors.Is(err, errUnreadable):
			s.log.WithError(err).WithField("number", e.seq).Error("an event in the inbox can't be read; it is dropped")
			(&lease{store: s, entry: e}).end()
		default:
			s.queue.retry(e, tryEvery)
		}
	}
}

// lease is an inbox.Lease. Its methods are called by one goroutine at a time.
type lease struct {
	store *Store
	entry *entry
	event chat.Event
}

var _ inbox.Lease = (*lease)(nil)

// These implement inbox.Lease.
func (l *lease) Event() chat.Event { return l.event }
func (l *lease) Attempt() int      { return l.entry.tries }
func (l *lease) Held() bool        { return true }
func (l *lease) Sent() int         { return l.entry.sent }

// Keep implements inbox.Lease.
func (l *lease) Keep(sent int) error {
	l.entry.sent = sent
	return l.owe(l.progress())
}

func (l *lease) progress() write {
	body, _ := json.Marshal(progress{Tries: l.entry.tries, Sent: l.entry.sent}) // of numbers
	return set(number(progressPrefix, l.entry.seq), body)
}

// owe has writes written, now or when the disk can be written again.
func (l *lease) owe(writes ...write) error {
	return l.store.jobs.add(job{writes: writes, owed: true})
}

// Done implements inbox.Lease.
func (l *lease) Done() error { return l.end() }

// end removes the event and remembers that it was handled.
func (l *lease) end() error {
	err := l.store.jobs.add(job{writes: l.ending(), owed: true, done: func(error) { l.store.queue.forget(l.entry) }})
	l.store.queue.end(l.entry)
	return err
}

func (l *lease) ending() []write {
	return []write{
		del(l.entry.key()), del(number(progressPrefix, l.entry.seq)),
		set(handledKey(periodOf(time.Now()), l.entry.id), nil),
	}
}

// Retry implements inbox.Lease.
func (l *lease) Retry(after time.Duration) error {
	l.store.queue.retry(l.entry, after)
	return nil
}

// Bury implements inbox.Lease.
func (l *lease) Bury(reason string) error {
	s := l.store
	letter, err := s.dead.write(inbox.Dead{Event: l.event, Reason: reason, At: time.Now()})
	if err != nil {
		return err
	}
	written := make(chan struct{})
	err = s.jobs.add(job{writes: append(l.ending(), letter...), owed: true, durable: true, done: func(error) {
		s.queue.forget(l.entry)
		close(written)
	}})
	s.queue.end(l.entry)
	if err != nil {
		return err
	}
	select {
	case <-written:
	case <-time.After(within): // it is written when the disk can be written again
	}
	return nil
}
