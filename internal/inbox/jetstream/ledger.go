package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/chat"
)

// record is what the ledger has of an event.
type record struct {
	Done  bool `json:"done,omitempty"`
	Sent  int  `json:"sent,omitempty"`  // replies that an attempt sent
	Tries int  `json:"tries,omitempty"` // attempts before this one
}

// recall returns what the ledger has of an id; of one it doesn't have, the zero record.
func (s *Store) recall(ctx context.Context, id string) (r record, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	msg, err := s.ledger.GetLastMsgForSubject(ctx, s.record(id))
	if errors.Is(err, js.ErrMsgNotFound) {
		return r, nil
	} else if err != nil {
		return r, err
	}
	if err := json.Unmarshal(msg.Data, &r); err != nil {
		return r, fmt.Errorf("the ledger can't be read: %w", err)
	}
	return r, nil
}

// enter replaces the record of an id.
func (s *Store) enter(ctx context.Context, id string, r record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	_, err = s.publish(ctx, s.record(id), "", body)
	return err
}

// Known implements inbox.Sink.
func (s *Store) Known(ctx context.Context, e chat.Event) (bool, error) {
	r, err := s.recall(ctx, e.Key())
	if err != nil {
		return false, unavailable(err)
	}
	return r.Done, nil
}
