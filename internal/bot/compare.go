package bot

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"overwatch/internal/archive"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// compare draws what changed since the result before, or what differs from another device.
func (s *session) compare(ctx context.Context, run query.Run, c command) chat.Reply {
	run.Filter = query.Filter{}
	if c.with != "" {
		return s.compareDevices(ctx, run, c.with)
	}
	entries := s.entries(ctx, run)
	for i, e := range entries {
		switch {
		case e.ID() != c.kept:
		case i+1 < len(entries):
			return s.page.Comparison(render.Comparison{Run: run, After: e, Before: entries[i+1]}, s.scope.inventory)
		case i == 0: // the card's result is the only one there is
			return s.page.Comparison(render.Comparison{Run: run, After: e}, s.scope.inventory)
		}
	}
	s.working(s.progress(0, run.Device.Name))
	after, err := archive.Collect(ctx, s.o.Runner, run, s.o.Now)
	if err != nil {
		return s.failed(ctx, err, &run)
	}
	d := render.Comparison{Run: run, After: after}
	if len(entries) > 0 {
		d.Before = entries[0]
	}
	reply := s.page.Comparison(d, s.scope.inventory)
	if packed, ok := after.Pack(); ok {
		reply.After = func(ctx context.Context) { s.keep(ctx, run, packed) }
	}
	return reply
}

// compareDevices draws what differs between a device and another one.
func (s *session) compareDevices(ctx context.Context, run query.Run, with string) chat.Reply {
	selection, err := s.scope.inventory.Select(with)
	switch {
	case err != nil:
		err = s.scope.unknown(run.Template, with)
	case len(selection.Devices) != 1:
		err = &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("%s is more than one device.", with)}
	default:
		err = s.scope.may(run.Template, selection.Devices[0])
	}
	if err == nil {
		err = s.o.Limits.CountDevice(selection.Devices[0].Name)
	}
	if err != nil {
		problem, _ := fault.Text(err)
		reply := s.page.CompareWith(run, s.scope.inventory, problem)
		reply.Err = err
		return reply
	}
	other := run
	other.Device = selection.Devices[0]
	s.working(s.progress(0, run.Device.Name, other.Device.Name))
	d := render.Comparison{Run: run, Other: &other}
	var both errgroup.Group
	var failed *query.Run
	both.Go(func() (err error) {
		d.Before, err = archive.Collect(ctx, s.o.Runner, run, s.o.Now)
		return err
	})
	if d.After, err = archive.Collect(ctx, s.o.Runner, other, s.o.Now); err != nil {
		failed = &other
	}
	if before := both.Wait(); before != nil && failed == nil {
		err, failed = before, &run
	}
	if failed != nil {
		return s.failed(ctx, err, failed)
	}
	return s.page.Comparison(d, s.scope.inventory)
}
