package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// Options are what a store is made of.
type Options struct {
	inbox.Config
	Log logrus.FieldLogger
	// FS is a file system in memory, for tests; nil is the disk. On it nothing locks the directory, and there
	// are no ballast and no socket.
	FS vfs.FS
}

// Store is an inbox.Store in a directory. Close it in the end.
type Store struct {
	o       Options
	log     logrus.FieldLogger
	fs      vfs.FS // guarded by the reserve
	dir     string // of Pebble
	home    *directory
	reserve *reserve // nil in memory
	queue   *queue
	jobs    *jobs // to be written
	written *jobs // to be synced

	engine    atomic.Pointer[engine]
	down      atomic.Pointer[error] // why there is no engine that works; nil while there is
	downSince time.Time             // the writer's
	told      bool                  // the log has it; the writer's
	unwritten []job                 // owed jobs that couldn't be written; the writer's
	begun     bool                  // there was an engine; the writer's
	closed    sync.Once
	writer    sync.WaitGroup
	syncer    sync.WaitGroup

	dead     deadLetters
	due      dueEvents
	notes    gate // held while a note is changed
	results  results
	watching sync.Map // *func(chat.Event) -> func(chat.Event)
	probed   atomic.Int64
	cleaner  *time.Timer
	visitors *visitors // nil in memory
}

var _ inbox.Store = (*Store)(nil)

// gate is a lock that is waited for no longer than a context lasts.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

func (g gate) lock(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) unlock() { <-g }

// tryEvery is how often the store tries again while something is wrong.
const tryEvery = 250 * time.Millisecond

// within bounds a call that waits for the disk.
const within = 5 * time.Second

// trouble returns why the store can't write now, or nil.
func (s *Store) trouble() error {
	if err := load(&s.down); err != nil {
		return err
	}
	if err := s.reserve.short(); err != nil {
		return err
	}
	if e := s.engine.Load(); e != nil {
		if err := load(&e.background); err != nil {
			return err
		}
	}
	if s.jobs.stuck() || s.written.stuck() {
		return errSlow
	}
	return nil
}

// refusal returns the fault to refuse a change with, or nil while changes are accepted.
func (s *Store) refusal() error {
	if err := s.trouble(); err != nil {
		return s.unavailable(err)
	}
	return nil
}

func (s *Store) unavailable(cause error) error { return unavailable(s.o.DataDir, cause) }

// commit writes a change and waits until it is done. With durable it is on disk then, unless the settings
// don't ask for that.
func (s *Store) commit(ctx context.Context, durable bool, writes ...write) error {
	if err := s.refusal(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	done := make(chan error, 1)
	if err := s.jobs.add(job{writes: writes, durable: durable, done: func(err error) { done <- err }}); err != nil {
		return s.unavailable(err)
	}
	select {
	case err := <-done:
		if err != nil {
			return s.unavailable(err)
		}
		return nil
	case <-ctx.Done():
		return s.unavailable(ctx.Err())
	}
}

// errNoEngine is what a read gets while there is no engine.
var errNoEngine = errors.New("the inbox is being opened")

func (s *Store) get(key []byte) ([]byte, error) {
	e := s.engine.Load()
	if e == nil {
		return nil, errNoEngine
	}
	return e.get(key)
}

func (s *Store) scan(prefix []byte, do func(key, value []byte) (more bool, err error)) error {
	e := s.engine.Load()
	if e == nil {
		return errNoEngine
	}
	return e.scan(prefix, do)
}

// load reads an event that waits.
func (s *Store) load(e *entry) (chat.Event, error) {
	if e.event != nil {
		return *e.event, nil
	}
	value, err := s.get(e.key())
	if err != nil {
		return chat.Event{}, err
	}
	if value == nil {
		return chat.Event{}, errMissing
	}
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return chat.Event{}, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return r.Event, nil
}

// What may be wrong with a stored event.
var (
	errMissing    = errors.New("the event isn't on disk")
	errUnreadable = errors.New("the event can't be read")
)

// handled reports whether an id was handled, as far back as is remembered.
func (s *Store) handled(id digest) (bool, error) {
	now := periodOf(time.Now())
	for back := range uint32(keptPeriods) {
		value, err := s.get(handledKey(now-back, id))
		if err != nil || value != nil {
			return value != nil, err
		}
	}
	return false, nil
}

// Watch implements inbox.Store.
func (s *Store) Watch(see func(chat.Event)) (stop func(), err error) {
	key := &see
	s.watching.Store(key, see)
	return func() { s.watching.Delete(key) }, nil
}

func (s *Store) announce(e chat.Event) {
	s.watching.Range(func(_, see any) bool {
		see.(func(chat.Event))(e)
		return true
	})
}
