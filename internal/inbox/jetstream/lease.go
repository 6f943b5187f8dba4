package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// lease is an inbox.Lease. Its methods are called by one goroutine at a time.
type lease struct {
	store  *Store
	space  *space
	item   *item
	record record
}

var _ inbox.Lease = (*lease)(nil)

// begin reads what the ledger has of the event, and counts the attempt if it isn't the first.
func (l *lease) begin(ctx context.Context) (err error) {
	if l.record, err = l.store.recall(ctx, l.item.id); err != nil || l.record.Done || l.store.spaces.first(l.item) {
		return err
	}
	l.record.Tries++
	return l.store.enter(ctx, l.item.id, l.record)
}

// These implement inbox.Lease.
func (l *lease) Event() chat.Event { return l.item.event }
func (l *lease) Attempt() int      { return l.record.Tries + 1 }
func (l *lease) Sent() int         { return l.record.Sent }
func (l *lease) Held() bool        { return l.store.spaces.held(l.item) }

// Keep implements inbox.Lease.
func (l *lease) Keep(sent int) error {
	l.record.Sent = sent
	return l.enter()
}

// enterFor is how long the record of a handled event is tried to be written: the cluster may be choosing
// a leader, and what isn't written is handled again.
const enterFor = 30 * time.Second

func (l *lease) enter() error {
	for began := time.Now(); ; {
		err := l.store.enter(context.Background(), l.item.id, l.record)
		if err == nil || time.Since(began) > enterFor || l.store.running.Err() != nil {
			return err
		}
		l.store.failed(err)
		l.store.pause(100 * time.Millisecond)
	}
}

// Done implements inbox.Lease. The ledger comes first: if the acknowledgement is lost, the event is
// delivered again and found there.
func (l *lease) Done() error {
	defer l.store.spaces.release(l.space, l.item)
	return l.finish()
}

func (l *lease) finish() error {
	l.record = record{Done: true}
	if err := l.enter(); err != nil {
		return err
	}
	return l.store.spaces.message(l.item).Ack()
}

// Retry implements inbox.Lease. The event leaves its space first: it may be delivered again before Nak
// returns.
func (l *lease) Retry(after time.Duration) error {
	msg := l.store.spaces.message(l.item)
	l.store.spaces.release(l.space, l.item)
	if after <= 0 {
		return msg.Nak()
	}
	return msg.NakWithDelay(after)
}

// letter is a dead letter as it is stored.
type letter struct {
	Event  chat.Event `json:"event"`
	Reason string     `json:"reason"`
}

// Bury implements inbox.Lease. An event is buried once, however often this is tried.
func (l *lease) Bury(reason string) error {
	defer l.store.spaces.release(l.space, l.item)
	body, err := json.Marshal(letter{l.item.event, reason})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	if _, err := l.store.publish(ctx, l.store.names.dead(), fmt.Sprintf("%s/%d", l.item.id, l.item.seq), body); err != nil {
		return err
	}
	return l.finish()
}
