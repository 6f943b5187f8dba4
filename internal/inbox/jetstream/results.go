package jetstream

import (
	"context"
	"errors"
	"slices"

	js "github.com/nats-io/nats.go/jetstream"
)

// Limits of kept results.
const (
	resultsEach  = 5         // of one key
	resultsBytes = 512 << 20 // of all; the oldest go first
)

// Results is the archive that all replicas share: it keeps results as long as the setting keep-answers
// says. It implements archive.Store.
type Results struct{ store *Store }

// Results returns the store's archive.
func (s *Store) Results() Results { return Results{s} }

// Put implements archive.Store.
func (r Results) Put(ctx context.Context, key string, packed []byte) error {
	if r.store.results == nil {
		return nil
	}
	if _, err := r.store.js.Publish(ctx, r.store.result(key), packed); err != nil {
		return unavailable(err)
	}
	return nil
}

// List implements archive.Store.
func (r Results) List(ctx context.Context, key string) (list [][]byte, err error) {
	if r.store.results == nil {
		return nil, nil
	}
	for next := uint64(1); ; {
		msg, err := r.store.results.GetMsg(ctx, next, js.WithGetMsgSubject(r.store.result(key)))
		switch {
		case errors.Is(err, js.ErrMsgNotFound):
			slices.Reverse(list)
			return list, nil
		case err != nil:
			return nil, unavailable(err)
		}
		list = append(list, msg.Data)
		next = msg.Sequence + 1
	}
}
