package inbox

import (
	"bytes"
	"container/list"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// Memory is a Store that lasts as long as the process.
type Memory struct {
	capacity int
	remember int

	mu     sync.Mutex
	closed bool
	kept   int                   // notices not done yet
	rooms  map[string]*room      // those with work
	ready  *list.List            // of *room: neither leased nor waiting for a retry
	wake   chan struct{}         // a token when ready may have become non-empty or closed was set
	seen   map[string]struct{}   // keys of notices that are or were here
	order  []string              // the same, oldest first
	timers map[*room]*time.Timer // rooms that wait for a retry
	dead   []Dead
	buried uint64          // how many ever were
	notes  map[string]note // what is written down

	watching map[*watcher]bool
}

type watcher struct{ see func(chat.Event) }

type note struct {
	value []byte
	until time.Time // zero for ever
}

type room struct {
	id      string
	waiting []*entry // the first one is leased, or next
}

type entry struct {
	notice  chat.Event
	attempt int
	sent    int
}

// maxDead is how many dead letters memory keeps.
const maxDead = 1000

// NewMemory returns a store for at most capacity notices, which tells copies apart from news among
// the last ten times as many.
func NewMemory(capacity int) *Memory {
	return &Memory{
		capacity: capacity, remember: 10 * capacity,
		rooms: map[string]*room{}, ready: list.New(), wake: make(chan struct{}, 1),
		seen: map[string]struct{}{}, timers: map[*room]*time.Timer{}, notes: map[string]note{},
		watching: map[*watcher]bool{},
	}
}

var _ Store = (*Memory)(nil)

// Watch implements Store.
func (m *Memory) Watch(see func(chat.Event)) (stop func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &watcher{see}
	m.watching[w] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watching, w)
	}, nil
}

// Put implements Sink.
func (m *Memory) Put(_ context.Context, n chat.Event) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, copied := m.seen[n.Key()]; copied {
		return false, nil
	}
	switch {
	case m.closed:
		return false, &fault.Error{Kind: fault.Unavailable, Message: "The inbox is closed.", Cause: ErrClosed}
	case m.kept == m.capacity:
		return false, Full(m.capacity)
	}
	m.remembered(n.Key())
	m.push(n)
	for w := range m.watching {
		w.see(n)
	}
	return true, nil
}

// Known implements Sink. Memory remembers for a short while only.
func (m *Memory) Known(_ context.Context, n chat.Event) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, known := m.seen[n.Key()]
	return known && !m.waits(n.Key()), nil
}

// waits reports whether a notice isn't done yet. The caller holds the lock.
func (m *Memory) waits(key string) bool {
	for _, r := range m.rooms {
		if slices.ContainsFunc(r.waiting, func(e *entry) bool { return e.notice.Key() == key }) {
			return true
		}
	}
	return false
}

// push queues a notice. The caller holds the lock.
func (m *Memory) push(n chat.Event) {
	m.kept++
	key := n.Room
	if key == "" {
		key = n.Key() // of an unknown space: nothing to wait for
	}
	r := m.rooms[key]
	if r == nil {
		r = &room{id: key}
		m.rooms[key] = r
		m.ready.PushBack(r)
		m.signal()
	}
	r.waiting = append(r.waiting, &entry{notice: n})
}

// remembered keeps a key in mind and forgets the oldest ones.
func (m *Memory) remembered(key string) {
	m.seen[key] = struct{}{}
	m.order = append(m.order, key)
	if len(m.order) > m.remember {
		delete(m.seen, m.order[0])
		m.order = m.order[1:]
	}
}

func (m *Memory) signal() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Take implements Store.
func (m *Memory) Take(ctx context.Context) (Lease, error) {
	for {
		if lease, err := m.next(); lease != nil || err != nil {
			return lease, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-m.wake:
		}
	}
}

// next leases the head of the first ready space. A nil Lease means that there is none.
func (m *Memory) next() (Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		m.signal() // for the next who waits
		return nil, ErrClosed
	}
	front := m.ready.Front()
	if front == nil {
		return nil, nil
	}
	r := m.ready.Remove(front).(*room)
	if m.ready.Len() > 0 {
		m.signal()
	}
	r.waiting[0].attempt++
	return &memoryLease{m, r, r.waiting[0]}, nil
}

// Close implements Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, t := range m.timers {
		t.Stop()
	}
	m.signal()
	return nil
}

// Count implements Store.
func (m *Memory) Count(context.Context) (Counts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Counts{Waiting: m.kept, Dead: len(m.dead)}, nil
}

// Dead implements Store.
func (m *Memory) Dead(context.Context) iter.Seq2[Dead, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	dead := slices.Clone(m.dead)
	return func(yield func(Dead, error) bool) {
		for _, d := range dead {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// Replay implements Store.
func (m *Memory) Replay(_ context.Context, id uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.exhume(id)
	if err == nil {
		m.push(d.Event)
	}
	return err
}

// Forget implements Store.
func (m *Memory) Forget(_ context.Context, id uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.exhume(id)
	return err
}

func (m *Memory) exhume(id uint64) (Dead, error) {
	i := slices.IndexFunc(m.dead, func(d Dead) bool { return d.ID == id })
	if i < 0 {
		return Dead{}, Gone(id)
	}
	d := m.dead[i]
	m.dead = slices.Delete(m.dead, i, i+1)
	return d, nil
}

// Read implements Notes.
func (m *Memory) Read(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.noted(name), nil
}

// noted is what stands under a name and hasn't run out.
func (m *Memory) noted(name string) []byte {
	n := m.notes[name]
	if !n.until.IsZero() && !time.Now().Before(n.until) {
		return nil
	}
	return n.value
}

// Write implements Notes.
func (m *Memory) Write(_ context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes[name] = note{value: slices.Clone(value)}
	return nil
}

// Claim implements Notes.
func (m *Memory) Claim(_ context.Context, name string, value []byte, lasting time.Duration) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held := m.noted(name); held != nil && !bytes.Equal(held, value) {
		return held, nil
	}
	n := note{value: slices.Clone(value)}
	if lasting > 0 {
		n.until = time.Now().Add(lasting)
	}
	m.notes[name] = n
	return value, nil
}

type memoryLease struct {
	store *Memory
	room  *room
	entry *entry
}

func (l *memoryLease) Event() chat.Event { return l.entry.notice }
func (l *memoryLease) Attempt() int       { return l.entry.attempt }
func (l *memoryLease) Held() bool         { return true }
func (l *memoryLease) Sent() int          { return l.entry.sent }

func (l *memoryLease) Keep(sent int) error {
	l.entry.sent = sent
	return nil
}

func (l *memoryLease) Done() error {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	l.finish()
	return nil
}

func (l *memoryLease) Bury(reason string) error {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	l.finish()
	l.store.buried++
	l.store.dead = append(l.store.dead, Dead{ID: l.store.buried, Event: l.entry.notice, Reason: reason, At: time.Now()})
	if len(l.store.dead) > maxDead {
		l.store.dead = l.store.dead[1:]
	}
	return nil
}

// finish drops the head of the space and makes the next one ready.
func (l *memoryLease) finish() {
	m := l.store
	m.kept--
	l.room.waiting[0] = nil
	l.room.waiting = l.room.waiting[1:]
	if len(l.room.waiting) == 0 {
		delete(m.rooms, l.room.id)
		return
	}
	m.ready.PushBack(l.room)
	m.signal()
}

func (l *memoryLease) Retry(after time.Duration) error {
	m := l.store
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.timers[l.room] = time.AfterFunc(after, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.timers, l.room)
		if !m.closed {
			m.ready.PushBack(l.room)
			m.signal()
		}
	})
	return nil
}
