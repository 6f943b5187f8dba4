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
			s.sync()
			unsynced = time.Time{}
		}
		clock.Stop()
		switch {
		case ill:
			clock.Reset(tryEvery)
		case !unsynced.IsZero():
			clock.Reset(time.Until(unsynced.Add(s.syncAfter())))
		}
		select {
		case <-s.jobs.wake:
		case <-clock.C:
		}
	}
}

// writeAll writes jobs as one batch, reports to those who wait, and returns whether it was synced.
func (s *Store) writeAll(list []job) (synced bool) {
	err := load(&s.down)
	if err == nil {
		err = s.home.check()
	}
	if err == nil {
		var writes []write
		for _, j := range list {
			writes = append(writes, j.writes...)
			synced = synced || j.durable && s.o.Synced()
		}
		s.jobs.busySince.Store(time.Now().UnixNano())
		err = s.engine.Load().apply(writes, synced)
		s.jobs.busySince.Store(0)
	}
	if err != nil {
		s.fail(err)
	}
	for _, j := range list {
		switch {
		case err != nil && j.owed:
			s.unwritten = append(s.unwritten, j)
		case j.done != nil:
			j.done(err)
		}
	}
	return synced
}

// sync puts everything on disk that is with the operating system.
func (s *Store) sync() {
	if load(&s.down) == nil {
		if err := s.engine.Load().apply([]write{set([]byte(probeKey), nil)}, true); err != nil {
			s.fail(err)
		}
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
		if time.Since(s.downSince) < reopenAfter { // it may be put back
			return err
		}
		if err := s.home.renew(); err != nil {
			return err
		}
		s.log.Error("the inbox directory was removed while the bot ran; it begins anew, what waited in it is lost")
	}
	if err := makeDirectory(s.fs, s.dir); err != nil {
		return err
	}
	e, err := openEngine(s.fs, s.dir, s.reserve, s.log, func() { token(s.jobs.wake) })
	if err != nil {
		return err
	}
	var owed []write
	for _, j := range s.unwritten {
		owed = append(owed, j.writes...)
	}
	if err := e.apply(owed, true); err != nil {
		e.abandon()
		return err
	}
	if err := s.home.look(); err != nil {
		e.abandon()
		return err
	}
	s.engine.Store(e)
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
