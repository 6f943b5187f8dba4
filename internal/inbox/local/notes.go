package local

import (
	"bytes"
	"context"
	"encoding/json"
	"time"
)

// note is a note as it is stored.
type note struct {
	Value []byte    `json:"value"`
	Until time.Time `json:"until,omitzero"` // zero: it doesn't expire
}

func noteKey(name string) []byte { return append([]byte{notePrefix}, name...) }

// Read implements inbox.Notes.
func (s *Store) Read(_ context.Context, name string) ([]byte, error) {
	body, err := s.get(noteKey(name))
	if err != nil {
		return nil, s.unavailable(err)
	}
	var n note
	if body == nil {
		return nil, nil
	}
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, damage(noteKey(name), err)
	}
	if !n.Until.IsZero() && !time.Now().Before(n.Until) {
		return nil, nil
	}
	return n.Value, nil
}

// Write implements inbox.Notes.
func (s *Store) Write(ctx context.Context, name string, value []byte) error {
	if err := s.notes.lock(ctx); err != nil {
		return err
	}
	defer s.notes.unlock()
	return s.writeNote(ctx, name, note{Value: value})
}

func (s *Store) writeNote(ctx context.Context, name string, n note) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return s.commit(ctx, true, set(noteKey(name), body))
}

// Claim implements inbox.Notes.
func (s *Store) Claim(ctx context.Context, name string, value []byte, ttl time.Duration) ([]byte, error) {
	if err := s.notes.lock(ctx); err != nil {
		return nil, err
	}
	defer s.notes.unlock()
	held, err := s.Read(ctx, name)
	if err != nil {
		return nil, err
	}
	if held != nil && (ttl == 0 || !bytes.Equal(held, value)) {
		return held, nil
	}
	n := note{Value: value}
	if ttl > 0 {
		n.Until = time.Now().Add(ttl)
	}
	return value, s.writeNote(ctx, name, n)
}
