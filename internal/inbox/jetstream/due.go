package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/chat"
)

// PutLater implements inbox.Schedule, with a message schedule (NATS 2.14, ADR-51). A schedule on the same
// subject replaces the one before. Servers fire on full seconds, so the time is rounded up to one.
func (s *Store) PutLater(ctx context.Context, e chat.Event, at time.Time) error {
	if err := s.refusal(); err != nil {
		return err
	}
	if second := at.Truncate(time.Second); second.Before(at) {
		at = second.Add(time.Second)
	}
	e.At = at.UTC()
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, putWithin)
	defer cancel()
	_, err = s.js.Publish(ctx, s.schedule(e.Key()), body, js.WithScheduleAt(at), js.WithScheduleTarget(s.names.due(e.Key())))
	if err != nil {
		s.failed(err)
		return unavailable(err)
	}
	return nil
}

// Cancel implements inbox.Schedule.
func (s *Store) Cancel(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	if err := s.schedules.Purge(ctx, js.WithPurgeSubject(s.schedule(key))); err != nil {
		return unavailable(err)
	}
	return nil
}

const (
	bridgeName = "bridge"
	bridgeSome = 100 // due events that are moved in one go
)

// bridge moves due events into the inbox, until the store is closed. All replicas share the work; an
// event that two of them move is stored once, by its id.
func (s *Store) bridge() {
	for s.running.Err() == nil {
		consumer, err := s.consumer(s.schedules, js.ConsumerConfig{Durable: bridgeName, AckWait: s.o.Silence, FilterSubject: s.prefix + ".due.*"})
		for err == nil && s.running.Err() == nil {
			err = s.fetch(consumer, bridgeSome, s.cross)
		}
		if s.running.Err() == nil {
			s.log.WithError(err).Warn("the inbox can't get due events from the NATS cluster; it tries again")
			s.pause(time.Second)
		}
	}
}

// cross moves one due event into the inbox. While the inbox is full it comes again every second.
func (s *Store) cross(msg js.Msg) {
	var e chat.Event
	if err := json.Unmarshal(msg.Data(), &e); err != nil {
		s.log.WithError(err).Error("a due event can't be read; it is dropped")
		s.check(msg.Term())
		return
	}
	if _, err := s.insert(s.running, e, fmt.Sprintf("%s@%d", e.Key(), e.At.Unix())); err != nil {
		s.check(msg.NakWithDelay(time.Second))
		return
	}
	s.check(msg.Ack())
}
