package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

// Limits of kept results.
const (
	resultsEach  = 5         // of one key
	resultsBytes = 512 << 20 // of all; the oldest go first
)

// results is what memory has of the kept results.
type results struct {
	gate // held while results are stored or dropped

	mu    sync.Mutex
	seq   uint32 // tells results of one millisecond apart
	bytes int64
}

func (r *results) add(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes += n
}

// stamp is the time and number of a result: it sorts by age.
type stamp [12]byte

func (r *results) stamp(now time.Time) (s stamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	binary.BigEndian.PutUint64(s[:], millis(now))
	binary.BigEndian.PutUint32(s[8:], r.seq)
	return s
}

func resultsOf(key string) []byte { return append(append([]byte{resultPrefix}, key...), 0) }

func resultKey(key string, at stamp) []byte { return append(resultsOf(key), at[:]...) }

func resultAgeKey(key string, at stamp) []byte {
	return append(append([]byte{resultAgePrefix}, at[:]...), key...)
}

// Results is the archive of a store: it keeps results as long as the setting keep-answers says. It
// implements archive.Store.
type Results struct{ store *Store }

// Results returns the store's archive.
func (s *Store) Results() Results { return Results{s} }

// Put implements archive.Store. A loss of power may lose what was put in the last second.
func (r Results) Put(ctx context.Context, key string, packed []byte) error {
	s := r.store
	if s.o.KeepAnswers == 0 {
		return nil
	}
	if err := s.results.lock(ctx); err != nil {
		return err
	}
	defer s.results.unlock()
	var stamps []stamp
	prefix := resultsOf(key)
	err := s.scan(prefix, func(k, _ []byte) (bool, error) {
		if len(k) != len(prefix)+len(stamp{}) {
			return false, damage(k, errKey)
		}
		stamps = append(stamps, stamp(k[len(prefix):]))
		return true, nil
	})
	if err != nil {
		return s.unavailable(err)
	}
	at := s.results.stamp(time.Now())
	size := int64(len(packed))
	writes := []write{set(resultKey(key, at), packed), set(resultAgeKey(key, at), binary.BigEndian.AppendUint64(nil, uint64(size)))}
	for _, old := range stamps[:max(0, len(stamps)-resultsEach+1)] {
		dropped, err := s.resultSize(key, old)
		if err != nil {
			return s.unavailable(err)
		}
		size -= dropped
		writes = append(writes, del(resultKey(key, old)), del(resultAgeKey(key, old)))
	}
	if err := s.commit(ctx, false, writes...); err != nil {
		return err
	}
	s.results.add(size)
	if s.results.over() {
		return s.dropResults(ctx)
	}
	return nil
}

func (r *results) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes > resultsBytes
}

func (s *Store) resultSize(key string, at stamp) (int64, error) {
	value, err := s.get(resultAgeKey(key, at))
	if len(value) != 8 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(value)), nil
}

// List implements archive.Store.
func (r Results) List(_ context.Context, key string) (list [][]byte, err error) {
	oldest := millis(time.Now().Add(-r.store.o.KeepAnswers))
	prefix := resultsOf(key)
	err = r.store.scan(prefix, func(k, value []byte) (bool, error) {
		if len(k) == len(prefix)+len(stamp{}) && binary.BigEndian.Uint64(k[len(prefix):]) >= oldest {
			list = append(list, bytes.Clone(value))
		}
		return true, nil
	})
	if err != nil {
		return nil, r.store.unavailable(err)
	}
	slices.Reverse(list)
	return list, nil
}

// readResults counts the bytes of the results on disk.
func (s *Store) readResults() error {
	total, last := int64(0), uint32(0)
	err := s.scan([]byte{resultAgePrefix}, func(key, value []byte) (bool, error) {
		if len(key) < 1+len(stamp{}) || len(value) != 8 {
			return false, damage(key, errKey)
		}
		last = max(last, binary.BigEndian.Uint32(key[9:]))
		total += int64(binary.BigEndian.Uint64(value))
		return true, nil
	})
	s.results.mu.Lock()
	defer s.results.mu.Unlock()
	s.results.bytes, s.results.seq = total, max(s.results.seq, last)
	return err
}

func (s *Store) cleanResults() error {
	ctx := context.Background()
	if err := s.results.lock(ctx); err != nil {
		return err
	}
	defer s.results.unlock()
	return s.dropResults(ctx)
}

// dropResults drops results that are too old, and the oldest while there are too many bytes. The caller
// must hold the gate.
func (s *Store) dropResults(ctx context.Context) error {
	s.results.mu.Lock()
	surplus := s.results.bytes - resultsBytes
	s.results.mu.Unlock()
	oldest := millis(time.Now().Add(-s.o.KeepAnswers))
	dropped := int64(0)
	var writes []write
	err := s.scan([]byte{resultAgePrefix}, func(key, value []byte) (bool, error) {
		at := stamp(key[1 : 1+len(stamp{})])
		if binary.BigEndian.Uint64(at[:]) >= oldest && dropped >= surplus {
			return false, nil
		}
		dropped += int64(binary.BigEndian.Uint64(value))
		writes = append(writes, del(resultKey(string(key[1+len(at):]), at)), del(bytes.Clone(key)))
		return true, nil
	})
	if err != nil || len(writes) == 0 {
		return err
	}
	if err := s.commit(ctx, false, writes...); err != nil {
		return err
	}
	s.results.add(-dropped)
	return nil
}
