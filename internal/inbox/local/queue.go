package local

import (
	"context"
	"slices"
	"sync"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// State of an entry.
type state uint8

const (
	storing state = iota // on its way to the disk
	waiting
	leased
	ended // handled, and that is on its way to the disk
)

// entry is an event of the queue.
type entry struct {
	place
	state state
	tries int
	sent  int
	event *chat.Event   // nil while it is only on disk
	done  chan struct{} // closed when it isn't storing any more; nil for what was read from disk
	err   error         // why it wasn't stored; set before done is closed
	copy  bool          // it was handled before; set before done is closed
}

// space is a space with events.
type space struct {
	id      spaceID
	entries []*entry // by number; the first one is leased or next
	delayed bool     // until its timer fires
	listed  bool     // in ready
}

// cachedEvents is how many events are kept in memory, so that a short queue isn't read back from disk.
const cachedEvents = 512

// queue schedules events: one of each space at a time, in their order. It holds everything that the disk
// holds, by id. Safe for concurrent use.
type queue struct {
	capacity int

	mu     sync.Mutex
	closed bool
	byID   map[digest]*entry
	spaces map[spaceID]*space
	ready  []*space
	wake   chan struct{} // has a token when ready may have become non-empty or closed was set
	held   int           // entries that aren't ended
	cached int           // entries with their event
	last   uint64        // the last number given out
	timers map[*space]*time.Timer
}

func newQueue(capacity int) *queue {
	return &queue{
		capacity: capacity, byID: map[digest]*entry{}, spaces: map[spaceID]*space{}, wake: make(chan struct{}, 1),
		timers: map[*space]*time.Timer{},
	}
}

// reserve makes an entry for a record that is about to be stored. If there is one with its id, that one is
// returned instead. full reports whether there was no room; the entry is made all the same, since the
// record may turn out to be a copy.
func (q *queue) reserve(r record) (e *entry, fresh, full bool) {
	p := place{id: digestOf(r.id()), space: spaceOf(r)}
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.byID[p.id]; e != nil {
		return e, false, false
	}
	e = &entry{place: p, done: make(chan struct{})}
	full = q.held >= q.capacity
	q.byID[p.id] = e
	q.held++
	return e, true, full
}

// refuse removes an entry that isn't stored, and tells those who wait for it.
func (q *queue) refuse(e *entry, copied bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.byID, e.id)
	q.held--
	e.copy, e.err = copied, err
	close(e.done)
}

// number gives an entry its number and calls add with it, so that the order of numbers is that of calls.
func (q *queue) number(e *entry, add func() error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	e.seq = q.last
	return add()
}

// stored makes an entry that is on disk ready.
func (q *queue) stored(e *entry, event chat.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cached < cachedEvents {
		q.cached++
		e.event = &event
	}
	q.push(e)
	close(e.done)
}

// push makes an entry ready. The caller must hold mu.
func (q *queue) push(e *entry) {
	e.state = waiting
	s := q.spaces[e.space]
	if s == nil {
		s = &space{id: e.space}
		q.spaces[e.space] = s
	}
	s.entries = append(s.entries, e)
	q.list(s)
}

// list lists a space as ready if its first entry may be taken. The caller must hold mu.
func (q *queue) list(s *space) {
	if s.listed || s.delayed || len(s.entries) == 0 || s.entries[0].state != waiting {
		return
	}
	s.listed = true
	q.ready = append(q.ready, s)
	token(q.wake)
}

// next waits for an entry whose turn it is and leases it.
func (q *queue) next(ctx context.Context) (*entry, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if e, err := q.lease(); e != nil || err != nil {
			return e, err
		}
		select {
		case <-ctx.Done():
		case <-q.wake:
		}
	}
}

func (q *queue) lease() (*entry, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		token(q.wake) // for the next one who waits
		return nil, inbox.ErrClosed
	}
	for len(q.ready) > 0 {
		s := q.ready[0]
		q.ready[0] = nil
		q.ready = q.ready[1:]
		s.listed = false
		if s.delayed || len(s.entries) == 0 || s.entries[0].state != waiting {
			continue
		}
		if len(q.ready) > 0 {
			token(q.wake)
		}
		e := s.entries[0]
		e.state = leased
		return e, nil
	}
	return nil, nil
}

// retry makes a leased entry wait again, for a while.
func (q *queue) retry(e *entry, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.spaces[e.space]
	if s == nil || e.state != leased {
		return
	}
	e.state = waiting
	if after <= 0 {
		q.list(s)
		return
	}
	if q.closed {
		return
	}
	s.delayed = true
	q.timers[s] = time.AfterFunc(after, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.timers, s)
		s.delayed = false
		if len(s.entries) == 0 {
			delete(q.spaces, s.id)
		}
		q.list(s)
	})
}

// end takes a leased entry out of its space. Its id stays known until forget is called.
func (q *queue) end(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.remove(e)
}

// remove takes an entry out of its space. The caller must hold mu.
func (q *queue) remove(e *entry) {
	if e.state == ended {
		return
	}
	e.state = ended
	q.held--
	if e.event != nil {
		e.event = nil
		q.cached--
	}
	s := q.spaces[e.space]
	if s.entries[0] == e { // nearly always
		s.entries[0] = nil
		s.entries = s.entries[1:]
	} else if i := slices.Index(s.entries, e); i >= 0 {
		s.entries = slices.Delete(s.entries, i, i+1)
	}
	if len(s.entries) == 0 && !s.delayed {
		delete(q.spaces, s.id)
		return
	}
	q.list(s)
}

// forget drops an ended entry.
func (q *queue) forget(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byID[e.id] == e {
		delete(q.byID, e.id)
	}
}

// lookup returns what is known of an id: whether it is here, and whether it was handled.
func (q *queue) lookup(id digest) (here, handled bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.byID[id]
	return e != nil, e != nil && e.state == ended
}

func (q *queue) count() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.held
}

// reconcile makes the queue hold what the disk holds: places is in order. Entries in work stay; what was
// stored without anybody being told is added, what isn't on disk any more is dropped. It returns how
// many were dropped.
func (q *queue) reconcile(places []place, progress map[uint64]progress) (lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	onDisk := make(map[digest]bool, len(places))
	for _, p := range places {
		onDisk[p.id] = true
		q.last = max(q.last, p.seq)
		if q.byID[p.id] != nil {
			continue
		}
		e := &entry{place: p, tries: progress[p.seq].Tries, sent: progress[p.seq].Sent}
		q.byID[p.id] = e
		q.held++
		q.push(e)
	}
	for id, e := range q.byID {
		if e.state == waiting && !onDisk[id] {
			q.remove(e)
			delete(q.byID, id)
			lost++
		}
	}
	return lost
}

// close ends next for everybody.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, t := range q.timers {
		t.Stop()
	}
	token(q.wake)
}
