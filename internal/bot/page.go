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
	if c.kept != "" {
		if e := s.entry(ctx, run, c.kept); e != nil {
			return s.page.Result(e.Page(run, c.from, render.PageRows), e.ID())
		}
	}
	s.working(s.progress(0, run.Device.Name))
	var recorder archive.Recorder
	result, err := s.o.Runner.Page(ctx, run, c.from, render.PageRows, recorder.Add)
	if err != nil {
		return s.failed(ctx, err, &run)
	}
	packed, small := recorder.Pack(result)
	id := ""
	if small {
		id = archive.ID(result.At)
	}
	reply := s.page.Result(result, id)
	if small {
		reply.After = func(ctx context.Context) { s.keep(ctx, run, packed) }
	}
	return reply
}
