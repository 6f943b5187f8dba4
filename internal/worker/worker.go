package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// Worker handles the events in the inbox.
type Worker struct {
	Options
	interrupts *interrupts
}

// New returns a worker; Run makes it work.
func New(o Options) *Worker {
	return &Worker{Options: o.withDefaults(), interrupts: newInterrupts(o.Messenger, o.Handler)}
}

// Run works until ctx ends, then finishes the events in work within the grace time.
func (w *Worker) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.Grace, stop) })()
	unwatch, err := w.Store.Watch(func(e chat.Event) { w.interrupts.watch(work, e) })
	if err != nil {
		return err
	}
	defer unwatch()
	var busy sync.WaitGroup
	defer busy.Wait()
	free := make(chan struct{}, w.AtOnce)
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		lease, err := w.Store.Take(ctx)
		switch {
		case ctx.Err() != nil, errors.Is(err, inbox.ErrClosed):
			if lease != nil {
				return lease.Retry(0)
			}
			return nil
		case err != nil:
			return fmt.Errorf("take from the inbox: %w", err)
		}
		busy.Go(func() {
			defer func() { <-free }()
			w.handle(work, lease)
		})
	}
}

// handle takes one event through all stages.
func (w *Worker) handle(ctx context.Context, lease inbox.Lease) {
	e := lease.Event()
	defer w.interrupts.begin(e)()
	j := &job{Options: w.Options, interrupts: w.interrupts, lease: lease, event: e, took: map[string]time.Duration{"wait": time.Since(e.At)}}
	j.do(ctx, func(ctx context.Context) (outcome, error) {
		content, err := j.fetch(ctx)
		if err != nil || content == nil {
			return ignored, err
		}
		j.place(content)
		line := &progressLine{messenger: w.Messenger, room: j.room, after: w.ShowAfter, log: j.log}
		defer line.remove(ctx)
		return j.sendAll(ctx, j.handle(ctx, content, line))
	})
}
