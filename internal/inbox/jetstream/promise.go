package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/chat"
)

// write puts a message into a stream. An id tells copies apart; it may be empty. When it returns, the
// message is on the disk, or on most disks of the cluster.
func (s *Store) write(ctx context.Context, subject, id string, body []byte) (copied bool, err error) {
	return s.put(ctx, subject, id, body, true)
}

// put does the same, and waits for the disk or leaves that for soon. The stream comes first, as whoever
// answers needn't wait for the disk; a copy waits like the others, since the first one may still do.
func (s *Store) put(ctx context.Context, subject, id string, body []byte, wait bool) (copied bool, err error) {
	msg := &nats.Msg{Subject: subject, Header: nats.Header{}, Data: body}
	if id != "" {
		msg.Header.Set(js.MsgIDHeader, id)
	}
	copied, err = s.publishMsg(ctx, msg)
	if err != nil || s.journal == nil {
		return copied, err
	}
	r, err := s.journal.begin(entry{subject, id, body}, wait)
	if err != nil || !wait {
		return copied, err
	}
	return copied, r.wait()
}

func (s *Store) publishMsg(ctx context.Context, msg *nats.Msg) (copied bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, msg)
	return err == nil && ack.Duplicate, err
}

// promise opens the journal, and puts back what it has that the server's own files lost.
func (s *Store) promise(ctx context.Context) error {
	j, lost, err := openJournal(filepath.Join(s.o.DataDir, "journal"))
	if err != nil {
		return unusable(s.o.DataDir, err)
	}
	s.journal = j
	if len(lost) == 0 {
		return nil
	}
	s.log.WithField("entries", len(lost)).Warn("the machine was started anew; I look whether the inbox lost anything with it")
	if err := s.restore(ctx, lost); err != nil {
		return err
	}
	return s.journal.settled()
}

// last is what a journal says last of a notice.
type last struct {
	heard  *entry // nil once it was answered
	ledger *entry
	done   bool // as the ledger has it
}

// restore writes what isn't in the streams: in what order entries were written makes no difference
// between spaces, and is kept within them.
func (s *Store) restore(ctx context.Context, lost []entry) error {
	known := map[string]*last{} // by record of the ledger
	var order []string
	of := func(record string) *last {
		if known[record] == nil {
			known[record] = &last{}
			order = append(order, record)
		}
		return known[record]
	}
	for _, e := range lost {
		var n chat.Event
		switch {
		case e.Subject == s.deadSubject():
			if _, err := s.write(ctx, e.Subject, e.ID, e.Body); err != nil {
				return unreachable(err)
			}
		case strings.HasPrefix(e.Subject, s.o.NATSPrefix+doneSubjects):
			var r record
			if err := json.Unmarshal(e.Body, &r); err != nil {
				return unreachable(fmt.Errorf("the journal can't be read: %w", err))
			}
			about := of(e.Subject)
			about.ledger, about.done = &e, r.Done
			if r.Done {
				about.heard = nil
			}
		default:
			if err := json.Unmarshal(e.Body, &n); err != nil {
				return unreachable(fmt.Errorf("the journal can't be read: %w", err))
			}
			about := of(s.record(n))
			if !about.done || e.ID != n.Key() {
				*about = last{heard: &e}
			} // else it was answered so quickly that this came second
		}
	}
	for _, record := range order {
		if err := s.restoreOne(ctx, record, known[record]); err != nil {
			return unreachable(err)
		}
	}
	return nil
}

func (s *Store) restoreOne(ctx context.Context, record string, l *last) error {
	now, err := s.recall(ctx, record)
	if err != nil || now.Done {
		return err
	}
	for _, e := range []*entry{l.ledger, l.heard} {
		if e == nil {
			continue
		}
		if _, err := s.write(ctx, e.Subject, e.ID, e.Body); err != nil {
			return err
		}
	}
	return nil
}
