package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/local"
)

const (
	drainWithin = 90 * time.Second // then the measurement stops
	putAtOnce   = 64               // concurrent writes to the inbox
)

// drain measures a bot that starts with a number of events in its inbox.
func (w *world) drain(ctx context.Context, backlog int) ([]string, error) {
	data := w.data()
	questions, err := w.fill(ctx, data, backlog)
	if err != nil {
		return nil, err
	}
	before := w.cloud.replies.Load()
	b, err := w.start(ctx, bySocket, 1, "OVERWATCH_DATA_DIR="+data)
	if err != nil {
		return nil, err
	}
	defer b.stop()
	p := b.processes[0]
	began, answered := time.Now(), func() int { return int(w.cloud.replies.Load() - before) }
	early := answered() // before it reported to be ready
	started, err := p.cpu()
	if err != nil {
		return nil, err
	}
	for answered() < backlog && time.Since(began) < drainWithin {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	took, reached := time.Since(began), answered()
	cpu, err := p.cpu()
	if err != nil {
		return nil, err
	}
	_, peak, err := p.memory()
	if err != nil {
		return nil, err
	}
	b.stop() // first, so that duplicate replies are counted
	cells := []string{inMS(p.ready), grouped(reached), "", "", "", inMB(peak)}
	if n := reached - early; n > 0 {
		cells[2], cells[3] = fmt.Sprintf("%.1f s", took.Seconds()), fmt.Sprintf("%.0f", float64(n)/took.Seconds())
		cells[4] = fmt.Sprintf("%.2f ms", ms((cpu-started)/time.Duration(n)))
	}
	return cells, onceEach(questions, reached >= backlog)
}

// fill puts questions into the inbox of a stopped bot. There are as many people as devices.
func (w *world) fill(ctx context.Context, data string, backlog int) (questions []*question, err error) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	store, err := local.Open(local.Options{
		Config: inbox.Config{DataDir: data, InboxCapacity: 100_000, InboxSync: bySocket.sync, KeepAnswers: 24 * time.Hour}, Log: log,
	})
	if err != nil {
		return nil, err
	}
	putting, within := errgroup.WithContext(ctx)
	putting.SetLimit(putAtOnce)
	for i := range backlog {
		room := i % w.devices
		q, err := w.cloud.ask(room, "", "vrf", name(room))
		if err != nil {
			return nil, errors.Join(err, putting.Wait(), store.Close())
		}
		q.sent = time.Now()
		questions = append(questions, q)
		putting.Go(func() error {
			_, err := store.Put(within, chat.Event{
				Resource: "attachmentActions", Action: "created", ID: id("ATTACHMENT_ACTION", q.number), Room: id("ROOM", room), Actor: id("PEOPLE", room), At: q.sent,
			})
			return err
		})
	}
	return questions, errors.Join(putting.Wait(), store.Close())
}

// onceEach returns an error if a question was answered twice or, if all is set, not at all.
func onceEach(questions []*question, all bool) error {
	never, twice := 0, 0
	for _, q := range questions {
		switch n := q.answers.Load(); {
		case n == 0:
			never++
		case n > 1:
			twice++
		}
	}
	if twice > 0 || all && never > 0 {
		return fmt.Errorf("of %d questions %d were never answered, and %d more than once", len(questions), never, twice)
	}
	return nil
}
