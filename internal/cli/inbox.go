package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"overwatch/internal/app"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

type inboxCommand struct {
	List   inboxList   `cmd:"" default:"withargs" help:"Show how many events wait, and list the dead letters."`
	Replay inboxReplay `cmd:"" help:"Put dead letters back into the queue."`
	Forget inboxForget `cmd:"" help:"Delete dead letters."`
}

// opened are the settings of the inbox of a bot, which may be running.
type opened struct {
	inbox.Config `embed:""`
	LogLevel     string `default:"warn" enum:"debug,info,warn,error" help:"How much to log: debug, info, warn or error."`
}

func (o opened) with(ctx context.Context, t *terminal, do func(inbox.Admin) error) (err error) {
	if err := config.Check(o.Config, t.file); err != nil {
		return err
	}
	store, err := app.VisitInbox(ctx, o.Config, t.logger(config.Engine{LogLevel: o.LogLevel, LogFormat: "text"}))
	if err != nil {
		return err
	}
	defer func() {
		if closed := store.Close(); err == nil {
			err = closed
		}
	}()
	return do(store)
}

type inboxList struct {
	opened
}

func (c *inboxList) Run(ctx context.Context, t *terminal) error {
	return c.with(ctx, t, func(s inbox.Admin) error {
		n, err := s.Count(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%d waiting, %d given up\n", n.Waiting, n.Dead)
		if n.Dead == 0 {
			return nil
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "\nID\tGIVEN UP\tRECEIVED\tEVENT\tREASON")
		for d, err := range s.Dead(ctx) {
			if err != nil {
				return err
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", d.ID, stamp(d.At), stamp(d.Event.At), d.Event.Key(), d.Reason)
		}
		return table.Flush()
	})
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// letters are some dead letters, or all.
type letters struct {
	opened
	IDs []uint64 `arg:"" optional:"" name:"id" help:"Ids of dead letters, from overwatch inbox."`
	All bool     `help:"All dead letters."`
}

// each calls do for every dead letter that is named.
func (l *letters) each(ctx context.Context, t *terminal, did string, do func(inbox.Admin, uint64) error) error {
	if l.All == (len(l.IDs) > 0) {
		return &fault.Error{Kind: fault.Invalid, Message: "No dead letters are named.", Hint: "Name their ids, or use --all."}
	}
	return l.with(ctx, t, func(s inbox.Admin) error {
		ids := l.IDs
		if l.All {
			for d, err := range s.Dead(ctx) {
				if err != nil {
					return err
				}
				ids = append(ids, d.ID)
			}
		}
		for i, id := range ids {
			if err := do(s, id); err != nil {
				fmt.Fprintf(t.out, "%s %d\n", did, i)
				return err
			}
		}
		fmt.Fprintf(t.out, "%s %d\n", did, len(ids))
		return nil
	})
}

type inboxReplay struct{ letters }

func (c *inboxReplay) Run(ctx context.Context, t *terminal) error {
	return c.each(ctx, t, "replayed", func(s inbox.Admin, id uint64) error { return s.Replay(ctx, id) })
}

type inboxForget struct{ letters }

func (c *inboxForget) Run(ctx context.Context, t *terminal) error {
	return c.each(ctx, t, "forgot", func(s inbox.Admin, id uint64) error { return s.Forget(ctx, id) })
}
