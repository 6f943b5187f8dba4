package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// Open opens the inbox in the data directory of the settings, or begins one. The error is a fault that
// says what to do.
func Open(o Options) (*Store, error) {
	s, err := open(o)
	if errors.Is(err, errInUse) {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "Another bot uses the data directory " + o.DataDir + ".",
			Hint: "Stop it, or name another directory with --data-dir. Bots that share the work need a NATS cluster (--nats-url).",
		}
	}
	return s, err
}

// Visit opens the inbox for an operator: through the bot that has it, if one runs.
func Visit(ctx context.Context, o Options) (inbox.Admin, error) {
	s, err := open(o)
	if errors.Is(err, errInUse) {
		return visit(ctx, o.DataDir)
	} else if err != nil {
		return nil, err
	}
	return s, nil
}

func open(o Options) (_ *Store, err error) {
	s := &Store{
		o: o, log: o.Log.WithField("part", "inbox"), fs: o.FS, dir: filepath.Join(o.DataDir, inboxName),
		queue: newQueue(o.InboxCapacity), jobs: newJobs(), written: newJobs(), notes: newGate(),
	}
	s.dead.gate, s.due.gate, s.results.gate = newGate(), newGate(), newGate()
	if o.FS == nil {
		if s.home, err = take(o.DataDir); err != nil {
			return nil, err
		}
		s.reserve = &reserve{ballast: filepath.Join(o.DataDir, ballastName), wake: func() { token(s.jobs.wake) }}
		if err := s.reserve.fill(); err != nil {
			s.log.WithError(err).Warn("there is no room for the reserve of the inbox; it refuses events until there is")
		}
		s.fs = s.reserve.guard(vfs.Default)
	}
	if err := s.reopen(); err != nil {
		if e := s.engine.Load(); e != nil {
			e.abandon()
		}
		s.due.close()
		s.reserve.close()
		return nil, errors.Join(s.unopened(err), s.home.release())
	}
	s.writer.Go(s.write)
	s.syncer.Go(s.sync)
	s.cleaner = time.AfterFunc(time.Minute, s.clean)
	if s.home != nil {
		s.visitors = listen(s, filepath.Join(o.DataDir, socketName))
	}
	return s, nil
}

// unopened is the fault for what kept the inbox from being opened.
func (s *Store) unopened(err error) error {
	for _, r := range reasons {
		if errors.Is(err, r.err) && r.err != fs.ErrNotExist {
			return unusable(s.o.DataDir, err)
		}
	}
	return &fault.Error{
		Kind: fault.Invalid, Message: fmt.Sprintf("The inbox in %s is damaged.", s.dir),
		Hint: "Restore it from a backup, or move " + s.dir + " elsewhere and start again with an empty one: the events in it are lost, the audit isn't touched.", Cause: err,
	}
}

// Close implements inbox.Store. Everything that was given to the store is on disk when it returns, if the
// disk can be written.
func (s *Store) Close() (err error) {
	s.closed.Do(func() {
		s.visitors.close()
		s.queue.close()
		s.due.close()
		s.cleaner.Stop()
		s.jobs.close()
		s.writer.Wait()
		s.written.close()
		s.syncer.Wait()
		if n := len(s.unwritten); n > 0 {
			s.log.WithField("changes", n).Error("the inbox couldn't write what ended last; those events are handled again")
		}
		if e := s.engine.Load(); e != nil {
			err = e.close()
		}
		s.reserve.close()
		err = errors.Join(err, s.home.release())
	})
	return err
}

// clean drops what is too old, now and every hour.
func (s *Store) clean() {
	old := periodOf(time.Now()) - keptPeriods + 1
	err := s.commit(context.Background(), false, delRange([]byte{handledPrefix}, handledKey(old, digest{})))
	if err == nil {
		err = s.cleanDead()
	}
	if err == nil {
		err = s.cleanResults()
	}
	if errors.Is(err, inbox.ErrClosed) {
		return
	} else if err != nil {
		s.log.WithError(err).Warn("the inbox can't drop what is too old; it tries again in an hour")
	}
	s.cleaner.Reset(time.Hour)
}
