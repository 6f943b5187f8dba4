package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"overwatch/internal/inbox"
)

// reopenAfter is how long the engine has to get over trouble by itself.
const reopenAfter = 3 * time.Second

// syncAfter is how long a change may stay with the operating system that nobody waited for.
func (s *Store) syncAfter() time.Duration {
	if s.o.Synced() {
		return time.Second
	}
	return 2 * time.Minute
}

// write is the writer: it writes jobs until the store is closed, and brings the engine back when it
// failed. It is the only goroutine that writes, opens and closes engines.
func (s *Store) write() {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	var list []job
	var unsynced time.Time // since when there is something to sync; zero while there isn't
	for {
		var closed bool
		list, closed = s.jobs.take(list)
		if closed && len(list) == 0 {
			return
		}
		if len(list) > 0 {
			if s.writeAll(list) {
				unsynced = time.Time{}
			} else if unsynced.IsZero() {
				unsynced = time.Now()
			}
			clear(list)
		}
		ill := s.check()
		if due := unsynced.Add(s.syncAfter()); !unsynced.IsZero() && !time.Now().Before(due) {
			if e := s.engine.Load(); e != nil {
				_ = s.written.add(job{engine: e}) // which isn't closed before the writer has ended
			}
			unsynced = time.Time{}
		}
		clock.Stop()
		switch {
		case ill:
			clock.Reset(tryEvery)
		case !unsynced.IsZero():
			clock.Reset(time.Until(unsynced.Add(s.syncAfter())))
		}
		if closed {
			continue // the token of the last job may have been that of the end as well
		}
		select {
		case <-s.jobs.wake:
		case <-clock.C:
		}
	}
}

// writeAll writes jobs as one batch and reports to those who don't wait for the disk. It returns whether the
// syncer has something to do.
func (s *Store) writeAll(list []job) (synced bool) {
	err := load(&s.down)
	if err == nil {
		err = s.home.check()
	}
	e := s.engine.Load()
	if err == nil {
		var writes []write
		for _, j := range list {
			writes = append(writes, j.writes...)
		}
		err = s.jobs.timed(func() error { return e.apply(writes) })
	}
	if err != nil {
		s.fail(err)
	}
	for _, j := range list {
		switch {
		case err != nil && j.owed:
			s.unwritten = append(s.unwritten, j)
		case err == nil && j.durable && s.o.Synced():
			synced = true
			j.engine = e
			_ = s.written.add(j) // which isn't closed before the writer has ended
		case j.done != nil:
			j.done(err)
		}
	}
	return synced
}

// sync syncs what was written, all that has queued up at once, and reports to those who wait for the disk. It
// has a goroutine of its own, so that nothing that is written waits for the disk.
func (s *Store) sync() {
	var list []job
	for {
		var closed bool
		list, closed = s.written.take(list)
		var of *engine
		var err error
		for _, j := range list {
			if j.engine != of {
				of = j.engine
				err = s.written.timed(of.sync)
			}
			if err != nil && j.owed && s.jobs.add(j) == nil {
				continue // the writer keeps it until it can be written
			}
			if j.done != nil {
				j.done(err)
			}
		}
		clear(list)
		if len(list) > 0 {
			continue
		}
		if closed {
			return
		}
		<-s.written.wake
	}
}

// fail takes the engine out of service.
func (s *Store) fail(err error) {
	if load(&s.down) != nil {
		return
	}
	s.down.Store(&err)
	s.downSince = time.Now()
}

// check looks after what is wrong, and reports whether something still is.
func (s *Store) check() (ill bool) {
	if s.reserve.short() != nil {
		_ = s.reserve.fill() // what is still wrong is in short
	}
	if e := s.engine.Load(); e != nil && load(&s.down) == nil {
		if err := e.err(); err != nil {
			s.fail(err)
		}
	}
	err := s.trouble()
	if err == nil {
		s.well()
		return false
	}
	if s.downSince.IsZero() {
		s.downSince = time.Now()
	}
	if !s.told {
		s.told = true
		s.log.WithError(err).Error(s.unavailable(err).Error())
	}
	background := false
	if e := s.engine.Load(); e != nil {
		background = load(&e.background) != nil
	}
	switch {
	case load(&s.down) != nil:
		if err := s.reopen(); err != nil {
			s.down.Store(&err)
			return true
		}
		s.down.Store(nil)
	case background && time.Since(s.downSince) > reopenAfter:
		s.fail(err)
	}
	if s.trouble() == nil {
		s.well()
		return false
	}
	return true
}

// well notes that nothing is wrong.
func (s *Store) well() {
	if s.told {
		s.told = false
		s.log.WithField("seconds", int(time.Since(s.downSince).Seconds())).Warn("the inbox accepts events again")
	}
	s.downSince = time.Time{}
}

// reopen replaces the engine, writes what is owed, and compares memory with what is on disk.
func (s *Store) reopen() error {
	if old := s.engine.Swap(nil); old != nil {
		old.abandon()
	}
	if err := s.home.check(); err != nil {
		return err // only a restart begins a new one
	}
	if !s.begun {
		if err := makeDirectory(s.fs, s.dir); err != nil {
			return err
		}
	}
	e, err := openEngine(s.fs, s.dir, !s.begun, s.reserve, s.log, func() { token(s.jobs.wake) })
	if err != nil {
		return err
	}
	var owed []write
	for _, j := range s.unwritten {
		owed = append(owed, j.writes...)
	}
	if err := errors.Join(e.apply(owed), e.sync()); err != nil {
		e.abandon()
		return err
	}
	if err := s.home.look(); err != nil {
		e.abandon()
		return err
	}
	s.engine.Store(e)
	s.begun = true
	for _, j := range s.unwritten {
		if j.done != nil {
			j.done(nil)
		}
	}
	s.unwritten = nil
	return s.read()
}

// makeDirectory makes a directory that a loss of power doesn't take away, with the one it is in.
func makeDirectory(fs vfs.FS, path string) error {
	if err := fs.MkdirAll(path, 0o700); err != nil {
		return err
	}
	parent := filepath.Dir(path)
	for _, dir := range []string{parent, filepath.Dir(parent)} {
		d, err := fs.OpenDir(dir)
		if errors.Is(err, os.ErrPermission) {
			continue // it was there before
		} else if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
	}
	return nil
}

// read takes over what is on disk: which events wait, how many dead letters and results there are.
func (s *Store) read() error {
	places := []place{}
	begun := map[uint64]progress{}
	err := s.scan([]byte{progressPrefix}, func(key, value []byte) (bool, error) {
		if len(key) != 9 {
			return false, damage(key, errKey)
		}
		var p progress
		if err := json.Unmarshal(value, &p); err != nil {
			return false, damage(key, err)
		}
		begun[seqOf(key)] = p
		return true, nil
	})
	if err != nil {
		return err
	}
	err = s.scan([]byte{eventPrefix}, func(key, _ []byte) (bool, error) {
		p, err := parsePlace(key)
		if err != nil {
			return false, damage(key, err)
		}
		places = append(places, p)
		return true, nil
	})
	if err != nil {
		return err
	}
	if lost := s.queue.reconcile(places, begun); lost > 0 {
		s.log.WithField("events", lost).Error("events that waited are not on disk any more; they are lost")
	}
	if err := s.readDead(); err != nil {
		return err
	}
	if err := s.readResults(); err != nil {
		return err
	}
	return s.armDue()
}

// errDamaged is part of every error about content that can't be right.
var errDamaged = errors.New("the inbox is damaged")

func damage(key []byte, err error) error { return fmt.Errorf("%w at key %x: %w", errDamaged, key, err) }

// probeFor is how long the answer to a readiness check holds.
const probeFor = 500 * time.Millisecond

// Ready implements inbox.Store: it writes something.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.refusal(); err != nil {
		return err
	}
	if time.Since(time.Unix(0, s.probed.Load())) < probeFor {
		return s.homeFault()
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := s.homeFault(); err != nil {
		return err
	}
	if err := s.commit(ctx, true, set([]byte(probeKey), nil)); err != nil {
		if errors.Is(err, inbox.ErrClosed) {
			return inbox.ErrClosed
		}
		return err
	}
	s.probed.Store(time.Now().UnixNano())
	return nil
}

func (s *Store) homeFault() error {
	if err := s.home.check(); err != nil {
		return s.unavailable(err)
	}
	return nil
}
