package local

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"sync"
	"time"

	"overwatch/internal/inbox"
)

// Limits of dead letters.
const (
	deadFor = 30 * 24 * time.Hour
	maxDead = 10_000
)

// deadLetters is what memory has of the dead letters.
type deadLetters struct {
	gate // held while one is replayed or deleted

	mu    sync.Mutex
	last  uint64 // the last number given out
	count int
}

func (d *deadLetters) add(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count += n
}

// write numbers a dead letter and returns what stores it.
func (d *deadLetters) write(letter inbox.Dead) ([]write, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	letter.ID = d.last + 1
	body, err := json.Marshal(letter)
	if err != nil {
		return nil, err
	}
	d.last++
	d.count++
	return []write{set(number(deadPrefix, letter.ID), body), set([]byte(deadSeqKey), number(0, letter.ID)[1:])}, nil
}

// readDead counts the dead letters on disk.
func (s *Store) readDead() error {
	last, err := s.get([]byte(deadSeqKey))
	if err != nil {
		return err
	}
	s.dead.mu.Lock()
	defer s.dead.mu.Unlock()
	if len(last) == 8 {
		s.dead.last = max(s.dead.last, binary.BigEndian.Uint64(last))
	}
	s.dead.count = 0
	return s.scan([]byte{deadPrefix}, func(key, _ []byte) (bool, error) {
		if len(key) != 9 {
			return false, damage(key, errKey)
		}
		s.dead.count++
		s.dead.last = max(s.dead.last, seqOf(key))
		return true, nil
	})
}

// Count implements inbox.Admin.
func (s *Store) Count(context.Context) (inbox.Counts, error) {
	s.dead.mu.Lock()
	defer s.dead.mu.Unlock()
	return inbox.Counts{Waiting: s.queue.count(), Dead: s.dead.count}, nil
}

// deadPage is how many dead letters are read at once.
const deadPage = 100

// Dead implements inbox.Admin.
func (s *Store) Dead(ctx context.Context) iter.Seq2[inbox.Dead, error] {
	return func(yield func(inbox.Dead, error) bool) {
		for next := uint64(0); ; {
			page, err := s.deadFrom(next)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(inbox.Dead{}, s.unavailable(err))
				return
			}
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
				next = d.ID + 1
			}
			if len(page) < deadPage {
				return
			}
		}
	}
}

func (s *Store) deadFrom(id uint64) (page []inbox.Dead, err error) {
	err = s.scan([]byte{deadPrefix}, func(key, value []byte) (bool, error) {
		if seqOf(key) < id {
			return true, nil
		}
		d, err := parseDead(key, value)
		page = append(page, d)
		return len(page) < deadPage, err
	})
	return page, err
}

func parseDead(key, value []byte) (d inbox.Dead, err error) {
	if err := json.Unmarshal(value, &d); err != nil {
		return d, fmt.Errorf("dead letter %d: %w", seqOf(key), err)
	}
	return d, nil
}

// Replay implements inbox.Admin.
func (s *Store) Replay(ctx context.Context, id uint64) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := s.dead.lock(ctx); err != nil {
		return err
	}
	defer s.dead.unlock()
	key := number(deadPrefix, id)
	value, err := s.get(key)
	switch {
	case err != nil:
		return s.unavailable(err)
	case value == nil:
		return inbox.NoDeadLetter(id)
	}
	d, err := parseDead(key, value)
	if err != nil {
		return err
	}
	if _, err := s.insert(ctx, record{ID: fmt.Sprintf("%s#%d", d.Event.Key(), id), Event: d.Event}, del(key)); err != nil {
		return err
	}
	s.dead.add(-1)
	return nil
}

// Forget implements inbox.Admin.
func (s *Store) Forget(ctx context.Context, id uint64) error {
	if err := s.dead.lock(ctx); err != nil {
		return err
	}
	defer s.dead.unlock()
	key := number(deadPrefix, id)
	switch value, err := s.get(key); {
	case err != nil:
		return s.unavailable(err)
	case value == nil:
		return inbox.NoDeadLetter(id)
	}
	if err := s.commit(ctx, true, del(key)); err != nil {
		return err
	}
	s.dead.add(-1)
	return nil
}

// cleanDead drops dead letters that are too old or too many, the oldest first.
func (s *Store) cleanDead() error {
	if err := s.dead.lock(context.Background()); err != nil {
		return err
	}
	defer s.dead.unlock()
	counts, err := s.Count(context.Background())
	if err != nil {
		return err
	}
	var old []write
	surplus := counts.Dead - maxDead
	err = s.scan([]byte{deadPrefix}, func(key, value []byte) (bool, error) {
		d, err := parseDead(key, value)
		if err == nil && len(old) >= surplus && time.Since(d.At) < deadFor {
			return false, nil
		}
		old = append(old, del(append([]byte{}, key...)))
		return true, nil
	})
	if err != nil || len(old) == 0 {
		return err
	}
	if err := s.commit(context.Background(), false, old...); err != nil {
		return err
	}
	s.dead.add(-len(old))
	return nil
}
