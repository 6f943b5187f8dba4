package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/retry"
)

// maxCopies is how many records may wait to be copied.
const maxCopies = 1000

// Copies brings copies of a chain's records to another place, one after the other. During an outage of
// that place they wait. A nil Copies copies nothing.
type Copies struct {
	chain string
	send  func(ctx context.Context, chain string, seq uint64, record []byte) error
	log   logrus.FieldLogger
	queue chan Record
}

// NewCopies returns copies of a chain. send must be safe to repeat.
func NewCopies(chain string, send func(ctx context.Context, chain string, seq uint64, record []byte) error, log logrus.FieldLogger) *Copies {
	return &Copies{chain: chain, send: send, log: log, queue: make(chan Record, maxCopies)}
}

// Add has a record copied. It doesn't wait: if too many records wait already, this one isn't copied,
// and the log says so.
func (c *Copies) Add(r Record) {
	if c == nil {
		return
	}
	select {
	case c.queue <- r:
	default:
		c.log.WithField("seq", r.Seq).Error("too many audit records wait to be copied; the cluster lacks this one")
	}
}

// Run copies records until ctx ends.
func (c *Copies) Run(ctx context.Context) error {
	if c == nil {
		<-ctx.Done()
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-c.queue:
			if err := c.copy(ctx, r); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

func (c *Copies) copy(ctx context.Context, r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	again := retry.Policy{Retry: retry.Always, Notify: func(err error, pause time.Duration) {
		c.log.WithError(err).WithField("seq", r.Seq).Warnf("can't copy an audit record; retrying in %v", pause.Round(time.Millisecond))
	}}
	return again.Call(ctx, func(ctx context.Context) error { return c.send(ctx, c.chain, r.Seq, line) })
}
