package bot

import (
	"context"

	"overwatch/internal/archive"
	"overwatch/internal/chat"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// result runs a query on one device and draws a page of the result, or draws one that is kept.
func (s *session) result(ctx context.Context, run query.Run, c command) chat.Reply {
	limit := render.PageRows
	if c.one {
		limit = 1
	}
	if c.kept != "" {
		if e := s.entry(ctx, run, c.kept); e != nil {
			return s.page.Result(e.Page(run, c.from, limit), e.ID())
		}
	}
	s.working(s.progress(0, run.Device.Name))
	result, packed, whole, err := s.shared(ctx, run, c.from, limit)
	if err != nil {
		return s.failed(ctx, err, &run)
	}
	id := ""
	if whole {
		id = archive.ID(result.At)
	}
	reply := s.page.Result(result, id)
	if packed != nil {
		reply.After = func(ctx context.Context) { s.keep(ctx, run, packed) }
	}
	return reply
}

// shared returns a page of the result of a run. It runs the query unless the same run is in progress, whose
// result it waits for. packed is the whole result if it was run here and is small enough to keep; whole
// reports whether it is small enough in either case.
func (s *session) shared(ctx context.Context, run query.Run, from, limit int) (result query.Result, packed []byte, whole bool, err error) {
	shares, key := &s.o.Activity.shares, run.Key()
	for {
		sh, begun := shares.join(key)
		if begun {
			defer shares.end(key, sh)
			result, sh.packed, sh.err = s.fetch(ctx, run, from, limit)
			sh.cancelled = ctx.Err() != nil
			return result, sh.packed, sh.packed != nil, sh.err
		}
		select {
		case <-sh.done:
		case <-ctx.Done():
			return query.Result{}, nil, false, ctx.Err()
		}
		switch {
		case sh.cancelled: // not by this person
		case sh.err != nil:
			return query.Result{}, nil, false, sh.err
		case sh.packed == nil:
			result, packed, err = s.fetch(ctx, run, from, limit)
			return result, packed, packed != nil, err
		default:
			entry, err := archive.Unpack(sh.packed)
			if err != nil {
				return query.Result{}, nil, false, err
			}
			result = entry.Page(run, from, limit)
			result.Kept = false
			return result, nil, true, nil
		}
	}
}

// fetch runs a query, and returns a page of the result and the packed whole; packed is nil where that is too
// large to keep.
func (s *session) fetch(ctx context.Context, run query.Run, from, limit int) (result query.Result, packed []byte, err error) {
	if err := s.o.Limits.CountDevice(run.Device.Name); err != nil {
		return query.Result{}, nil, err
	}
	var recorder archive.Recorder
	result, err = s.o.Runner.Page(ctx, run, from, limit, recorder.Add)
	if err != nil {
		return result, nil, err
	}
	if packed, small := recorder.Pack(result); small {
		return result, packed, nil
	}
	return result, nil, nil
}
