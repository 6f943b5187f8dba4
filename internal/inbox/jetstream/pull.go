package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

const (
	consumerName = "worker"
	pullFor      = 30 * time.Second // that one request for events waits
)

// start begins to pull events, at the first Take.
func (s *Store) start() {
	s.pulling.Do(func() {
		s.health.mu.Lock()
		defer s.health.mu.Unlock()
		if !s.health.closed {
			s.parts.Go(s.pull)
			s.parts.Go(s.extend)
		}
	})
}

// pull gets events from the stream while there is room for them, until the store is closed.
func (s *Store) pull() {
	for s.running.Err() == nil {
		err := s.pullSome()
		if err == nil || s.running.Err() != nil {
			continue
		}
		s.log.WithError(err).Warn("the inbox can't get events from the NATS cluster; it tries again")
		s.pause(time.Second)
	}
}

// pause waits, or until the store is closed.
func (s *Store) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.running.Done():
	case <-timer.C:
	}
}

func (s *Store) pullSome() error {
	consumer, err := s.consumer(s.queue, js.ConsumerConfig{Durable: consumerName, AckWait: s.o.Silence, MaxAckPending: -1})
	if err != nil {
		return err
	}
	for {
		free := s.room()
		if free == 0 {
			return nil
		}
		if err := s.fetch(consumer, free, s.place); err != nil {
			return err
		}
	}
}

// consumer makes a consumer that all replicas share.
func (s *Store) consumer(stream js.Stream, config js.ConsumerConfig) (js.Consumer, error) {
	ctx, cancel := context.WithTimeout(s.running, callWithin)
	defer cancel()
	config.AckPolicy, config.MaxDeliver = js.AckExplicitPolicy, -1
	return stream.CreateOrUpdateConsumer(ctx, config)
}

// fetch waits for some messages; none is no error.
func (s *Store) fetch(consumer js.Consumer, some int, each func(js.Msg)) error {
	ctx, cancel := context.WithTimeout(s.running, pullFor)
	defer cancel()
	batch, err := consumer.Fetch(some, js.FetchContext(ctx))
	if err == nil {
		for msg := range batch.Messages() {
			each(msg)
		}
		err = batch.Error()
	}
	if errors.Is(err, js.ErrNoMessages) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// room waits for room for a quarter of the window and returns how much there is; 0 when closed.
func (s *Store) room() int {
	for s.running.Err() == nil {
		if free := s.spaces.free(); free >= max(s.o.Window/4, 1) {
			return free
		}
		select {
		case <-s.running.Done():
		case <-s.spaces.freed:
		}
	}
	return 0
}

// place puts an event that was delivered into its space.
func (s *Store) place(msg js.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		s.log.WithError(err).Error("the NATS cluster delivered something that isn't of the inbox")
		return
	}
	it := &item{msg: msg, seq: meta.Sequence.Stream, times: meta.NumDelivered, id: msg.Headers().Get(js.MsgIDHeader), extended: time.Now()}
	if err := json.Unmarshal(msg.Data(), &it.event); err != nil {
		s.log.WithError(err).WithField("sequence", it.seq).Error("an event in the inbox can't be read; it is dropped")
		s.check(msg.Term())
		return
	}
	if !s.spaces.add(msg.Subject(), it) {
		s.check(msg.NakWithDelay(min(time.Second<<min(it.times-1, 5), 30*time.Second)))
	}
}

// check logs that the stream wasn't told how an event ended. It is delivered again, so nothing is lost.
func (s *Store) check(err error) {
	if err != nil {
		s.log.WithError(err).Warn("the NATS cluster wasn't told how an event ended; it will be delivered again")
	}
}

// extend keeps telling the stream that the events here are still ours.
func (s *Store) extend() {
	tick := time.NewTicker(s.o.Silence / 3)
	defer tick.Stop()
	for {
		select {
		case <-s.running.Done():
			return
		case <-tick.C:
			s.spaces.extend(s.conn.IsConnected)
		}
	}
}
