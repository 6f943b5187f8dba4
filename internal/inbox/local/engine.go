package local

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"
)

// Sizes of Pebble, for a bot that stores little and wants to be small.
const (
	memTableBytes = 1 << 20
	cacheBytes    = 8 << 20 // taken as it fills
	maxOpenFiles  = 64
	levelBytes    = 8 << 20
)

// write sets a key, deletes one, or deletes all from key up to end.
type write struct {
	key   []byte
	value []byte
	del   bool
	end   []byte
}

func set(key, value []byte) write    { return write{key: key, value: value} }
func del(key []byte) write           { return write{key: key, del: true} }
func delRange(from, to []byte) write { return write{key: from, end: to} }

// engine is Pebble, opened once. After its first failure it does nothing any more; the store opens a new
// one. Reads are safe for concurrent use, writes are the writer's.
type engine struct {
	db    *pebble.DB
	fence *fence
	cache *pebble.Cache
	log   logrus.FieldLogger

	failure    atomic.Pointer[error] // what ended it
	background atomic.Pointer[error] // of the last flush or compaction, nil once one succeeded
	onTrouble  func()                // called after either is set

	using sync.RWMutex // held while the database is read
}

// openWithin is how long Pebble may take to open a database once its first flush failed: it would try for
// ever.
const openWithin = 2 * time.Second

// openEngine opens the database in dir; with create, it creates one if there is none. An error that isn't about
// the disk is damage.
func openEngine(fs vfs.FS, dir string, create bool, r *reserve, log logrus.FieldLogger, onTrouble func()) (*engine, error) {
	if err := writable(fs, filepath.Join(dir, "probe")); err != nil {
		return nil, err
	}
	e := &engine{fence: newFence(fs, r), cache: pebble.NewCache(cacheBytes), log: log, onTrouble: onTrouble}
	opened := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if p := recover(); p != nil {
				err = asError(p)
			}
			opened <- err
		}()
		o := e.options()
		o.ErrorIfNotExists = !create
		e.db, err = pebble.Open(dir, o)
	}()
	for tick := time.NewTicker(openWithin); ; {
		select {
		case err := <-opened:
			tick.Stop()
			if err == nil {
				err = e.err()
			}
			if err != nil {
				e.abandon()
				return nil, err
			}
			return e, nil
		case <-tick.C:
			if err := load(&e.background); err != nil {
				tick.Stop()
				e.fence.cutOff() // what is left of it waits without doing anything
				return nil, err
			}
		}
	}
}

// writable writes a file and removes it: Pebble doesn't return when it can't write while it opens.
func writable(fs vfs.FS, path string) error {
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte{0})
	return errors.Join(err, f.Close(), fs.Remove(path))
}

func (e *engine) options() *pebble.Options {
	o := &pebble.Options{
		FS: e.fence, Cache: e.cache, Logger: pebbleLog{e},
		MemTableSize: memTableBytes, MemTableStopWritesThreshold: 4, MaxOpenFiles: maxOpenFiles, LBaseMaxBytes: levelBytes,
		// The newest format without "WAL sync chunks": with them Pebble takes a log for damaged whose last writes,
		// which the fence left unsynced, were partly lost with the power.
		FormatMajorVersion: pebble.FormatColumnarBlocks, DisableTableStats: true,
		CompactionConcurrencyRange: func() (lower, upper int) { return 1, 1 },
		EventListener: &pebble.EventListener{
			BackgroundError: func(err error) { e.trouble(&e.background, err) },
			DataCorruption: func(i pebble.DataCorruptionInfo) {
				e.log.WithField("file", i.Path).Error("a file of the inbox is damaged")
			},
			FlushEnd: func(i pebble.FlushInfo) {
				if i.Err == nil {
					e.background.Store(nil)
				}
			},
			CompactionEnd: func(i pebble.CompactionInfo) {
				if i.Err == nil {
					e.background.Store(nil)
				}
			},
		},
	}
	o.Experimental.ReadSamplingMultiplier = -1 // no compactions because of reads
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return o
}

// pebbleLog passes Pebble's log on. What Pebble calls fatal ends the engine, not the process.
type pebbleLog struct{ e *engine }

// These implement pebble.Logger.
func (l pebbleLog) Infof(string, ...any)           {}
func (l pebbleLog) Errorf(format string, v ...any) { l.e.log.Debugf("pebble: "+format, v...) }
func (l pebbleLog) Fatalf(format string, v ...any) { l.e.trouble(&l.e.failure, fatal(format, v)) }

// fatal is the error of a call of Fatalf; it keeps the error among the arguments.
func fatal(format string, v []any) error {
	for _, arg := range v {
		if err, ok := arg.(error); ok {
			return fmt.Errorf("pebble: %w", err)
		}
	}
	return fmt.Errorf("pebble: "+format, v...)
}

func (e *engine) trouble(of *atomic.Pointer[error], err error) {
	if of == &e.failure {
		of.CompareAndSwap(nil, &err) // the first one is the cause
	} else {
		of.Store(&err)
	}
	e.onTrouble()
}

// err returns what ended the engine, or nil.
func (e *engine) err() error { return load(&e.failure) }

func load(p *atomic.Pointer[error]) error {
	if err := p.Load(); err != nil {
		return *err
	}
	return nil
}

func asError(p any) error {
	if err, ok := p.(error); ok {
		return err
	}
	return fmt.Errorf("%v", p)
}

// apply applies writes as one batch. They are with the operating system when it returns.
func (e *engine) apply(writes []write) (err error) {
	defer func() {
		if p := recover(); p != nil { // Pebble panics when it can't go on
			e.trouble(&e.failure, asError(p))
		}
		if failed := e.err(); failed != nil {
			err = failed
		}
	}()
	if err := e.err(); err != nil {
		return err
	}
	b := e.db.NewBatch()
	for _, w := range writes {
		switch {
		case w.end != nil:
			err = b.DeleteRange(w.key, w.end, nil)
		case w.del:
			err = b.Delete(w.key, nil)
		default:
			err = b.Set(w.key, w.value, nil)
		}
		if err != nil {
			return errors.Join(err, b.Close())
		}
	}
	if err := b.Commit(pebble.Sync); err != nil {
		e.trouble(&e.failure, err)
		return err
	}
	return b.Close()
}

// sync puts everything on disk that was applied before. Safe for concurrent use, also beside apply, which
// it doesn't hold up.
func (e *engine) sync() error {
	if err := e.fence.syncLogs(); err != nil {
		e.trouble(&e.failure, err)
	}
	return e.err()
}

// get returns the value of a key, or nil.
func (e *engine) get(key []byte) (value []byte, err error) {
	defer e.reading(&err)()
	if err := e.err(); err != nil {
		return nil, err
	}
	found, closer, err := e.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return append([]byte{}, found...), closer.Close()
}

// scan calls do for each key that begins with prefix, in order, until it returns false or an error. do may
// not keep key or value.
func (e *engine) scan(prefix []byte, do func(key, value []byte) (more bool, err error)) (err error) {
	defer e.reading(&err)()
	if err := e.err(); err != nil {
		return err
	}
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if more, err := do(it.Key(), value); err != nil || !more {
			return err
		}
	}
	return it.Error()
}

// reading keeps the database open until the function it returns is called, which turns a panic of
// Pebble into an error.
func (e *engine) reading(err *error) func() {
	e.using.RLock()
	return func() {
		defer e.using.RUnlock()
		if p := recover(); p != nil {
			*err = asError(p)
		}
	}
}

// close closes an engine that works. What was written is on disk then.
func (e *engine) close() (err error) {
	if e.err() != nil {
		e.abandon()
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = asError(p)
		}
	}()
	e.using.Lock()
	defer e.using.Unlock()
	err = e.db.Close()
	e.trouble(&e.failure, errClosedEngine)
	e.cache.Unref()
	return err
}

var errClosedEngine = errors.New("the engine is closed")

// abandonWithin is how long an engine that failed may take to end its goroutines.
const abandonWithin = 2 * time.Second

// abandon gives up an engine that failed. It can't write any more when abandon returns; what it holds in
// memory is released unless it hangs.
func (e *engine) abandon() {
	e.trouble(&e.failure, errFenced)
	e.fence.cutOff()
	if e.db == nil {
		e.cache.Unref()
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = recover() }() // of what failed before
		e.using.Lock()
		defer e.using.Unlock()
		_ = e.db.Close() // it can't write, so it has nothing to report
		e.cache.Unref()
	}()
	select {
	case <-ended:
	case <-time.After(abandonWithin):
		e.log.Warn("the inbox engine that failed doesn't end; a new one takes its place")
	}
}
