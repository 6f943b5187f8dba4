package jetstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// note is a note as it is stored. Replicas compare its time with their own clocks, which is good enough
// for claims of minutes.
type note struct {
	Value []byte    `json:"value"`
	Until time.Time `json:"until,omitzero"` // zero: it doesn't expire
}

func (n note) valid() bool { return n.Until.IsZero() || time.Now().Before(n.Until) }

// Read implements inbox.Notes.
func (s *Store) Read(ctx context.Context, name string) ([]byte, error) {
	n, _, err := s.note(ctx, name)
	if err != nil || !n.valid() {
		return nil, err
	}
	return n.Value, nil
}

// note returns a note and its revision, which is 0 when there is none.
func (s *Store) note(ctx context.Context, name string) (n note, revision uint64, err error) {
	entry, err := s.notes.Get(ctx, name)
	if errors.Is(err, js.ErrKeyNotFound) {
		return n, 0, nil
	} else if err != nil {
		return n, 0, unavailable(err)
	}
	return n, entry.Revision(), json.Unmarshal(entry.Value(), &n)
}

// Write implements inbox.Notes.
func (s *Store) Write(ctx context.Context, name string, value []byte) error {
	body, err := json.Marshal(note{Value: value})
	if err != nil {
		return err
	}
	if _, err := s.notes.Put(ctx, name, body); err != nil {
		return unavailable(err)
	}
	return nil
}

// Claim implements inbox.Notes.
func (s *Store) Claim(ctx context.Context, name string, value []byte, ttl time.Duration) ([]byte, error) {
	mine := note{Value: value}
	if ttl > 0 {
		mine.Until = time.Now().Add(ttl)
	}
	body, err := json.Marshal(mine)
	if err != nil {
		return nil, err
	}
	for {
		held, revision, err := s.note(ctx, name)
		if err != nil {
			return nil, err
		}
		if revision > 0 && held.valid() && (ttl == 0 || !bytes.Equal(held.Value, value)) {
			return held.Value, nil
		}
		// Revision 0 means that there must be none yet.
		_, err = s.notes.Update(ctx, name, body, revision)
		var api *js.APIError
		switch {
		case err == nil:
			return value, nil
		case errors.As(err, &api) && api.ErrorCode == js.JSErrCodeStreamWrongLastSequence:
			continue // another replica was faster
		}
		return nil, unavailable(err)
	}
}
