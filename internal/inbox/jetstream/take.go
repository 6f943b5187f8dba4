package jetstream

import (
	"context"
	"errors"

	js "github.com/nats-io/nats.go/jetstream"
	"github.com/sirupsen/logrus"

	"overwatch/internal/inbox"
)

// Take implements inbox.Store.
func (s *Store) Take(ctx context.Context) (inbox.Lease, error) {
	s.start()
	for {
		sp, it, err := s.spaces.next(ctx)
		if err != nil {
			return nil, err
		}
		if l := s.consider(ctx, sp, it); l != nil {
			return l, nil
		}
	}
}

// consider returns a lease of an event if it is its turn and it wasn't handled before. Otherwise it
// looks after the space and returns nil.
func (s *Store) consider(ctx context.Context, sp *space, it *item) inbox.Lease {
	head, err := s.head(ctx, sp.subject)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			s.log.WithError(err).Warn("the inbox can't see whose turn it is; it tries again")
		}
		s.spaces.sleep(sp, it, lastLook)
		return nil
	case head < it.seq && head > 0: // another replica has an older one, or that waits for its next attempt
		s.spaces.sleep(sp, it, 0)
		return nil
	case head != it.seq: // another replica ended this one
		s.spaces.release(sp, it)
		return nil
	}
	l := &lease{store: s, space: sp, item: it}
	if err := l.begin(ctx); err != nil {
		s.log.WithError(err).Warn("the inbox can't read its ledger; it tries again")
		s.spaces.sleep(sp, it, lastLook)
		return nil
	}
	if l.record.Done {
		s.log.WithFields(logrus.Fields{"resource": it.event.Resource, "id": it.event.ID}).Debug("handled before")
		s.check(s.spaces.message(it).Ack())
		s.spaces.release(sp, it)
		return nil
	}
	return l
}

// head is the place of the first event of a space in the stream, or 0. The leader of the stream is asked,
// which knows what was acknowledged.
func (s *Store) head(ctx context.Context, subject string) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	msg, err := s.queue.GetMsg(ctx, 1, js.WithGetMsgSubject(subject))
	if errors.Is(err, js.ErrMsgNotFound) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return msg.Sequence, nil
}
