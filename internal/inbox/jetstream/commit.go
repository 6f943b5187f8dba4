package jetstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// A message that is synced on its own costs one write to the disk. A batch costs as much as about nine
// of them, whatever its size: so a few that wait go one by one, and many together.
const (
	together = 10
	mostAt   = 256
)

// committer writes to one stream, together what waits at the same time where that pays. Close it in the
// end.
type committer struct {
	conn    *nats.Conn
	js      js.JetStream
	waiting chan entry // nil where every message is written on its own
	stop    context.CancelFunc
	writer  sync.WaitGroup
}

// entry is one message on its way.
type entry struct {
	msg  *nats.Msg
	done chan<- outcome
}

type outcome struct {
	copied bool // the stream had it already
	err    error
}

// newCommitter returns a committer. Grouping pays where each message would be synced.
func newCommitter(conn *nats.Conn, stream js.JetStream, group bool) *committer {
	ctx, stop := context.WithCancel(context.Background())
	c := &committer{conn: conn, js: stream, stop: stop}
	if group {
		c.waiting = make(chan entry, mostAt)
		c.writer.Go(func() { c.run(ctx) })
	}
	return c
}

func (c *committer) close() {
	c.stop()
	c.writer.Wait()
}

// write returns when a message is in the stream. An id tells copies apart; it may be empty.
func (c *committer) write(ctx context.Context, subject, id string, body []byte) (copied bool, err error) {
	msg := nats.NewMsg(subject)
	msg.Data = body
	if id != "" {
		msg.Header.Set(js.MsgIDHeader, id)
	}
	if c.waiting == nil {
		o := c.one(ctx, msg)
		return o.copied, o.err
	}
	done := make(chan outcome, 1)
	select {
	case c.waiting <- entry{msg, done}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case o := <-done:
		return o.copied, o.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// run writes until ctx ends.
func (c *committer) run(ctx context.Context) {
	for {
		var batch []entry
		select {
		case <-ctx.Done():
			return
		case e := <-c.waiting:
			batch = append(batch, e)
		}
		for more := true; more && len(batch) < mostAt; {
			select {
			case e := <-c.waiting:
				batch = append(batch, e)
			default:
				more = false
			}
		}
		if len(batch) >= together && c.atOnce(ctx, batch) == nil {
			for _, e := range batch {
				e.done <- outcome{}
			}
			continue
		}
		c.oneByOne(ctx, batch) // also when one of a batch is a copy, or there isn't room for all
	}
}

// oneByOne writes every message on its own; the stream syncs them one after the other.
func (c *committer) oneByOne(ctx context.Context, batch []entry) {
	var all sync.WaitGroup
	for _, e := range batch {
		all.Go(func() { e.done <- c.one(ctx, e.msg) })
	}
	all.Wait()
}

func (c *committer) one(ctx context.Context, msg *nats.Msg) outcome {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	ack, err := c.js.PublishMsg(ctx, msg)
	return outcome{err == nil && ack.Duplicate, err}
}

// Headers of a batch (NATS ADR-50).
const (
	batchID     = "Nats-Batch-Id"
	batchPlace  = "Nats-Batch-Sequence"
	batchCommit = "Nats-Batch-Commit"
)

// atOnce writes a batch, whole or not at all.
func (c *committer) atOnce(ctx context.Context, batch []entry) error {
	within, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	id := rand.Text()
	for i, e := range batch {
		m := nats.NewMsg(e.msg.Subject)
		m.Data = e.msg.Data
		for k, v := range e.msg.Header {
			m.Header[k] = v
		}
		m.Header.Set(batchID, id)
		m.Header.Set(batchPlace, strconv.Itoa(i+1))
		if i < len(batch)-1 {
			if err := c.conn.PublishMsg(m); err != nil {
				return err
			}
			continue
		}
		m.Header.Set(batchCommit, "1")
		answer, err := c.conn.RequestMsgWithContext(within, m)
		if err != nil {
			return err
		}
		var ack struct {
			Error *js.APIError `json:"error"`
			Count int          `json:"count"`
		}
		switch err := json.Unmarshal(answer.Data, &ack); {
		case err != nil:
			return err
		case ack.Error != nil:
			return ack.Error
		case ack.Count != len(batch):
			return errors.New("a batch was written in part")
		}
	}
	return nil
}
