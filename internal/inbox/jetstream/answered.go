package jetstream

import (
	"context"
	"encoding/hex"
	"sync"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// answered are the records that the ledger may have, so that it needn't be asked for the others: where
// all is answered by one process, nearly every notice is news. A nil one doesn't know: it may have all.
type answered struct {
	mu       sync.Mutex
	all      bool // may be there, as they aren't read yet
	now, old map[short]struct{}
	turned   time.Time
}

// short is a record's digest.
type short [digestBytes]byte

func shorten(record string) (s short) {
	_, _ = hex.Decode(s[:], []byte(record[max(0, len(record)-hex.EncodedLen(digestBytes)):])) // we wrote it
	return s
}

func newAnswered() *answered {
	return &answered{all: true, now: map[short]struct{}{}, turned: time.Now()}
}

// may reports whether the ledger may have a record.
func (a *answered) may(record string) bool {
	if a == nil {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := shorten(record)
	_, now := a.now[key]
	_, old := a.old[key]
	return a.all || now || old
}

// add notes a record. Those that the ledger has forgotten are forgotten some time later.
func (a *answered) add(record string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.turned) > answersFor {
		a.now, a.old, a.turned = map[short]struct{}{}, a.now, time.Now()
	}
	a.now[shorten(record)] = struct{}{}
}

// read takes in what the ledger has.
func (a *answered) read(ctx context.Context, s *Store) error {
	info, err := s.done.Info(ctx, js.WithSubjectFilter(s.o.NATSPrefix+doneSubjects+"*"))
	if err != nil {
		return err
	}
	for record := range info.State.Subjects {
		a.add(record)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = false
	return nil
}
