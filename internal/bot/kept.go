package bot

import (
	"context"
	"time"

	"overwatch/internal/archive"
	"overwatch/internal/query"
)

// keepWithin bounds how long the archive is waited for.
const keepWithin = 5 * time.Second

// keep puts a packed result into the archive.
func (s *session) keep(ctx context.Context, run query.Run, packed []byte) {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	if err := s.o.Archive.Put(ctx, run.Key(), packed); err != nil {
		s.o.Log.WithError(err).Warn("can't keep a result, so it can't be compared later")
	}
}

// entries returns the kept results of a run, newest first.
func (s *session) entries(ctx context.Context, run query.Run) []*archive.Entry {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	packed, err := s.o.Archive.List(ctx, run.Key())
	if err != nil {
		s.o.Log.WithError(err).Warn("can't read kept results")
	}
	var list []*archive.Entry
	facts := len(run.Facts())
	for _, p := range packed {
		e, err := archive.Unpack(p)
		switch {
		case err != nil:
			s.o.Log.WithError(err).Warn("can't read a kept result")
		case len(e.Rows) > 0 && len(e.Rows[0]) != facts:
			// The query's template has changed since.
		default:
			list = append(list, e)
		}
	}
	return list
}

// entry returns the kept result of a run with an id, or nil.
func (s *session) entry(ctx context.Context, run query.Run, id string) *archive.Entry {
	for _, e := range s.entries(ctx, run) {
		if e.ID() == id {
			return e
		}
	}
	return nil
}
