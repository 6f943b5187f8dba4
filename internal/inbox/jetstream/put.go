package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

// putWithin is how long one Put waits for the cluster.
const putWithin = 2 * time.Second

// codeFull is JetStream's "maximum messages exceeded".
const codeFull = 10077

// Put implements inbox.Sink. When it returns, the event is on the disks of a majority of the cluster.
func (s *Store) Put(ctx context.Context, e chat.Event) (stored bool, err error) {
	return s.insert(ctx, e, e.Key())
}

// insert puts an event with an id into the stream, unless it has one with this id.
func (s *Store) insert(ctx context.Context, e chat.Event, id string) (stored bool, err error) {
	if err := s.refusal(); err != nil {
		return false, err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return false, err
	}
	within, cancel := context.WithTimeout(ctx, putWithin)
	defer cancel()
	copied, err := s.publish(within, s.space(e, id), id, body)
	var api *js.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode == codeFull:
		return false, inbox.Full(s.o.InboxCapacity)
	case err != nil:
		if ctx.Err() == nil {
			s.failed(err)
		}
		return false, unavailable(err)
	}
	if !copied {
		_ = s.conn.Publish(s.announcements(), body) // a hint that may be missed
	}
	return !copied, nil
}

// publish stores a message in a stream. An id tells copies apart; it may be empty.
func (s *Store) publish(ctx context.Context, subject, id string, body []byte) (copied bool, err error) {
	msg := &nats.Msg{Subject: subject, Header: nats.Header{}, Data: body}
	if id != "" {
		msg.Header.Set(js.MsgIDHeader, id)
	}
	ack, err := s.js.PublishMsg(ctx, msg)
	return err == nil && ack.Duplicate, err
}

// Watch implements inbox.Store.
func (s *Store) Watch(see func(chat.Event)) (stop func(), err error) {
	sub, err := s.conn.Subscribe(s.announcements(), func(msg *nats.Msg) {
		var e chat.Event
		if json.Unmarshal(msg.Data, &e) == nil {
			see(e)
		}
	})
	if err == nil {
		err = s.conn.FlushTimeout(callWithin)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // it ends with the connection as well
}
