package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// record is what the ledger knows of a notice.
type record struct {
	Done  bool `json:"done,omitempty"`
	Sent  int  `json:"sent,omitempty"`  // replies that an attempt sent
	Tries int  `json:"tries,omitempty"` // attempts before this one
}

type lease struct {
	store  *Store
	space  *space
	item   *item
	record record
}

var _ inbox.Lease = (*lease)(nil)

// recall returns what the ledger knows of a notice, by where it has it.
func (s *Store) recall(ctx context.Context, at string) (r record, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	msg, err := s.done.GetLastMsgForSubject(ctx, at)
	if errors.Is(err, js.ErrMsgNotFound) {
		return r, nil
	} else if err != nil {
		return r, err
	}
	if err := json.Unmarshal(msg.Data, &r); err != nil {
		return r, fmt.Errorf("the ledger can't be read: %w", err)
	}
	return r, nil
}

// Known implements inbox.Sink.
func (s *Store) Known(ctx context.Context, n chat.Event) (bool, error) {
	r, err := s.recall(ctx, s.record(n))
	if err != nil {
		return false, unreachable(err)
	}
	return r.Done, nil
}

// begin reads what the ledger knows, and counts the attempt if it isn't the first.
func (l *lease) begin(ctx context.Context) (err error) {
	at := l.store.record(l.item.notice)
	l.store.mu.Lock()
	first := l.item.times == 1
	l.store.mu.Unlock()
	if first && !l.store.answered.may(at) {
		return nil
	}
	if l.record, err = l.store.recall(ctx, at); err != nil || l.record.Done || first {
		return err
	}
	l.record.Tries++
	return l.write(ctx)
}

func (l *lease) write(ctx context.Context) error {
	body, err := json.Marshal(l.record)
	if err != nil {
		return err
	}
	at := l.store.record(l.item.notice)
	l.store.answered.add(at)
	// Whoever asked has the answer. A loss of power within some milliseconds has it sent again, which
	// isn't worth waiting for the disk.
	_, err = l.store.put(ctx, at, "", body, false)
	return err
}

func (l *lease) Event() chat.Event { return l.item.notice }
func (l *lease) Attempt() int      { return l.record.Tries + 1 }
func (l *lease) Sent() int         { return l.record.Sent }

func (l *lease) Held() bool {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	return time.Since(l.item.heard) < l.store.o.Silence
}

func (l *lease) Keep(sent int) error {
	l.record.Sent = sent
	return l.note()
}

// insist is how long the record of an answer is tried to be written: a cluster may be choosing a
// leader, and what isn't written is answered again.
const insist = 30 * time.Second

// note writes the record where a crash of the process can't lose it.
func (l *lease) note() error {
	began := time.Now()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), callWithin)
		err := l.write(ctx)
		cancel()
		if err == nil || time.Since(began) > insist || l.store.running.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Done writes into the ledger first: whoever gets the notice again, because the rest wasn't heard,
// sees that there is nothing to do.
func (l *lease) Done() error {
	defer l.store.release(l.space, l.item)
	return l.finish()
}

func (l *lease) finish() error {
	l.record = record{Done: true}
	if err := l.note(); err != nil {
		return err
	}
	l.store.found(l.space.subject, l.item.seq+1) // it was the first one
	return l.message().Ack()                     // unheard, it comes again and the ledger knows it
}

// message is the newest copy that the stream handed out.
func (l *lease) message() js.Msg {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	return l.item.msg
}

func (l *lease) Retry(after time.Duration) error {
	defer l.store.release(l.space, l.item)
	l.store.mu.Lock()
	l.store.lose(l.space.subject, l.item.seq)
	l.store.mu.Unlock()
	if after <= 0 {
		return l.message().Nak()
	}
	return l.message().NakWithDelay(after)
}

func (l *lease) Bury(reason string) error {
	defer l.store.release(l.space, l.item)
	body, err := json.Marshal(letter{l.item.notice, reason})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	// The same notice is buried once, however often this is tried.
	id := fmt.Sprintf("%s/%d", l.item.notice.Key(), l.item.seq)
	if _, err := l.store.write(ctx, l.store.deadSubject(), id, body); err != nil {
		return err
	}
	return l.finish()
}
