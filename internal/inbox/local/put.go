package local

import (
	"context"
	"encoding/json"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// Put implements inbox.Sink.
func (s *Store) Put(ctx context.Context, e chat.Event) (stored bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return s.insert(ctx, record{Event: e})
}

// insert stores a record unless it is a copy, together with more writes.
func (s *Store) insert(ctx context.Context, r record, more ...write) (stored bool, err error) {
	if err := s.refusal(); err != nil {
		return false, err
	}
	e, fresh, full := s.queue.reserve(r)
	if fresh {
		if err := s.begin(e, r, full, more); err != nil {
			return false, err
		}
	}
	if e.done == nil { // read from disk
		return false, nil
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return false, s.unavailable(ctx.Err())
	}
	if fault.Of(e.err) == fault.Unavailable {
		return false, e.err // there was no room
	} else if e.err != nil {
		return false, s.unavailable(e.err)
	}
	return fresh && !e.copy, nil
}

// begin has a record written, or ends its entry.
func (s *Store) begin(e *entry, r record, full bool, more []write) error {
	copied, err := s.handled(e.id)
	switch {
	case err != nil:
		s.queue.refuse(e, false, err)
		return s.unavailable(err)
	case copied:
		s.queue.refuse(e, true, nil)
		return nil
	case full:
		err := inbox.Full(s.o.InboxCapacity)
		s.queue.refuse(e, false, err)
		return err
	}
	body, err := json.Marshal(r)
	if err != nil {
		s.queue.refuse(e, false, err)
		return err
	}
	err = s.queue.number(e, func() error {
		return s.jobs.add(job{
			writes: append(more, set(e.key(), body)), durable: true,
			done: func(err error) { s.settle(e, r.Event, err) },
		})
	})
	if err != nil {
		s.queue.refuse(e, false, err)
		return s.unavailable(err)
	}
	return nil
}

// settle makes an entry ready once it is written.
func (s *Store) settle(e *entry, event chat.Event, err error) {
	if err != nil {
		s.queue.refuse(e, false, err)
		return
	}
	s.queue.stored(e, event)
	s.announce(event)
}

// Known implements inbox.Sink.
func (s *Store) Known(_ context.Context, e chat.Event) (bool, error) {
	id := digestOf(e.Key())
	if here, handled := s.queue.lookup(id); here {
		return handled, nil
	}
	known, err := s.handled(id)
	if err != nil {
		return false, s.unavailable(err)
	}
	return known, nil
}
