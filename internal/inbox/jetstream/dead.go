package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/inbox"
)

// Count implements inbox.Admin.
func (s *Store) Count(ctx context.Context) (c inbox.Counts, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	for stream, into := range map[js.Stream]*int{s.queue: &c.Waiting, s.dead: &c.Dead} {
		info, err := stream.Info(ctx)
		if err != nil {
			return c, unavailable(err)
		}
		*into = int(info.State.Msgs)
	}
	return c, nil
}

// Dead implements inbox.Admin.
func (s *Store) Dead(ctx context.Context) iter.Seq2[inbox.Dead, error] {
	return func(yield func(inbox.Dead, error) bool) {
		for next := uint64(1); ; {
			msg, err := s.dead.GetMsg(ctx, next, js.WithGetMsgSubject(s.names.dead()))
			if errors.Is(err, js.ErrMsgNotFound) {
				return
			} else if err != nil {
				yield(inbox.Dead{}, unavailable(err))
				return
			}
			next = msg.Sequence + 1
			d, err := parseDead(msg)
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

func parseDead(msg *js.RawStreamMsg) (inbox.Dead, error) {
	var l letter
	if err := json.Unmarshal(msg.Data, &l); err != nil {
		return inbox.Dead{}, fmt.Errorf("dead letter %d can't be read: %w", msg.Sequence, err)
	}
	return inbox.Dead{ID: msg.Sequence, Event: l.Event, Reason: l.Reason, At: msg.Time}, nil
}

// Replay implements inbox.Admin.
func (s *Store) Replay(ctx context.Context, id uint64) error {
	msg, err := s.dead.GetMsg(ctx, id)
	if errors.Is(err, js.ErrMsgNotFound) {
		return inbox.NoDeadLetter(id)
	} else if err != nil {
		return unavailable(err)
	}
	d, err := parseDead(msg)
	if err != nil {
		return err
	}
	if _, err := s.insert(ctx, d.Event, fmt.Sprintf("%s#%d", d.Event.Key(), id)); err != nil {
		return err
	}
	return s.Forget(ctx, id)
}

// Forget implements inbox.Admin.
func (s *Store) Forget(ctx context.Context, id uint64) error {
	switch err := s.dead.DeleteMsg(ctx, id); {
	case errors.Is(err, js.ErrMsgNotFound), errors.Is(err, js.ErrMsgDeleteUnsuccessful):
		return inbox.NoDeadLetter(id)
	case err != nil:
		return unavailable(err)
	}
	return nil
}
