package inbox

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("the inbox is closed")

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
}

type room struct {
	id      string
	waiting []*entry // the first one is leased, or next
}

type entry struct {
	notice  chat.Notice
	attempt int
}

// Dead is a notice that was given up.
type Dead struct {
	Notice chat.Notice
	Reason string
}

// maxDead is how many dead letters memory keeps.
const maxDead = 1000

// NewMemory returns a store for at most capacity notices, which tells copies apart from news among
// the last ten times as many.
func NewMemory(capacity int) *Memory {
	return &Memory{
		capacity: capacity, remember: 10 * capacity,
		rooms: map[string]*room{}, ready: list.New(), wake: make(chan struct{}, 1),
		seen: map[string]struct{}{}, timers: map[*room]*time.Timer{},
	}
}

var _ Store = (*Memory)(nil)

// Put implements Sink.
func (m *Memory) Put(_ context.Context, n chat.Notice) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, copied := m.seen[n.Key()]; copied {
		return false, nil
	}
	switch {
	case m.closed:
		return false, &fault.Error{Kind: fault.Unavailable, Say: "The inbox is closed.", Cause: ErrClosed}
	case m.kept == m.capacity:
		return false, &fault.Error{Kind: fault.Unavailable, Say: fmt.Sprintf("The inbox is full: %d notices wait.", m.kept)}
	}
	m.kept++
	m.note(n.Key())
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
	return true, nil
}

// note remembers a key and forgets the oldest ones.
func (m *Memory) note(key string) {
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

// Dead returns the dead letters, oldest first.
func (m *Memory) Dead() []Dead {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Dead(nil), m.dead...)
}

type memoryLease struct {
	store *Memory
	room  *room
	entry *entry
}

func (l *memoryLease) Notice() chat.Notice { return l.entry.notice }
func (l *memoryLease) Attempt() int        { return l.entry.attempt }

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
	l.store.dead = append(l.store.dead, Dead{l.entry.notice, reason})
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
