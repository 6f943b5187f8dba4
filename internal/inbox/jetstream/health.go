package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"overwatch/internal/inbox"
)

const (
	probeEvery  = 500 * time.Millisecond // while the cluster is down
	probeWithin = 900 * time.Millisecond
	probeFor    = 500 * time.Millisecond // that a proof holds
)

// refusal returns why no events are taken now, or nil.
func (s *Store) refusal() error {
	switch err := s.down.Load(); {
	case s.running.Err() != nil:
		return unavailable(inbox.ErrClosed)
	case err != nil:
		return unavailable(*err)
	case !s.conn.IsConnected():
		return unavailable(nats.ErrDisconnected)
	}
	return nil
}

// Ready implements inbox.Store: it writes to the cluster.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.refusal(); err != nil {
		return err
	}
	if time.Since(time.Unix(0, s.probed.Load())) < probeFor {
		return nil
	}
	if err := s.probe(ctx); err != nil {
		s.failed(err)
		return unavailable(err)
	}
	return nil
}

// probe proves that the cluster stores messages and that the stream of events has a leader.
func (s *Store) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	if _, err := s.js.Publish(ctx, s.record("probe"), []byte("{}")); err != nil {
		return err
	}
	if _, err := s.queue.Info(ctx); err != nil {
		return err
	}
	s.probed.Store(time.Now().UnixNano())
	return nil
}

// failed notes that a call failed because of the cluster, and probes it until it works again.
func (s *Store) failed(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if s.probing || s.health.closed {
		return
	}
	s.down.Store(&err)
	s.probing = true
	s.log.WithError(err).Error(unavailable(err).Error())
	s.parts.Go(s.recover)
}

// recover probes the cluster until it works.
func (s *Store) recover() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-s.running.Done():
			return
		case <-tick.C:
		}
		err := s.probe(s.running)
		if err != nil {
			s.down.Store(&err)
			continue
		}
		s.health.mu.Lock()
		s.down.Store(nil)
		s.probing = false
		s.health.mu.Unlock()
		s.log.WithField("seconds", int(time.Since(began).Seconds())).Warn("the NATS cluster takes events again")
		return
	}
}
