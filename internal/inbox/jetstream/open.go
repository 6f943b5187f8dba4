package jetstream

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/fault"
)

// How long things are kept.
const (
	copiesFor  = 10 * time.Minute     // copies are dropped by the stream for so long
	handledFor = 6 * time.Hour        // and by the ledger for so long
	deadFor    = 30 * 24 * time.Hour  // dead letters
	auditFor   = 400 * 24 * time.Hour // copies of audit records
	maxDead    = 10_000
)

// readyWithin is how long a cluster may take until it makes streams. One that starts with its bots, on a
// busy machine, takes longer than one that runs.
const readyWithin = time.Minute

// makeWithin bounds a request to make a stream: a cluster that chooses a leader may lose it, and what it
// made meanwhile is found by the next one.
const makeWithin = 2 * time.Second

// Open connects to the cluster and makes the streams that it lacks. The error is a fault that says what
// to do.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	o.Silence, o.Window = cmp.Or(o.Silence, 10*time.Second), cmp.Or(o.Window, 1024)
	s := &Store{o: o, log: o.Log.WithField("part", "inbox"), names: names{o.NATSPrefix}, spaces: newSpaces(o.Window, o.Silence)}
	s.running, s.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.conn, err = nats.Connect(o.NATSURL, s.connection()...); err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "The bot can't reach the NATS cluster of the inbox.",
			Hint: "Check nats-url and the login, and that the cluster runs.", Cause: err,
		}
	}
	if s.js, err = js.New(s.conn); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	s.parts.Go(s.bridge)
	return s, nil
}

func (s *Store) connection() []nats.Option {
	options := []nats.Option{
		nats.Name("overwatch"), nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond), nats.Timeout(callWithin),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			s.log.WithError(err).Warn("the connection to the NATS cluster has a problem")
		}),
	}
	if s.o.NATSCredsFile != "" {
		options = append(options, nats.UserCredentials(s.o.NATSCredsFile))
	}
	if s.o.NATSUser != "" {
		options = append(options, nats.UserInfo(s.o.NATSUser, s.o.Password.Reveal()))
	}
	if s.o.NATSCA != "" {
		options = append(options, nats.RootCAs(s.o.NATSCA))
	}
	return options
}

// prepare makes the streams. A cluster that is starting, or choosing a leader, is asked again.
func (s *Store) prepare(ctx context.Context) error {
	for began := time.Now(); ; {
		err := s.makeStreams(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil, !temporary(err), time.Since(began) > readyWithin:
			return unavailable(err)
		}
		s.log.WithError(err).Warn("the NATS cluster isn't ready; the bot tries again")
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// noPeers is the code of NATS for a cluster in which too few servers run for a new stream.
const noPeers = 10005

// temporary reports whether the cluster may answer otherwise in a moment.
func temporary(err error) bool {
	var api *js.APIError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, js.ErrNoStreamResponse) ||
		errors.As(err, &api) && (api.Code == http.StatusServiceUnavailable || api.ErrorCode == noPeers)
}

// makeStreams makes the streams and the bucket, or brings them up to the settings.
func (s *Store) makeStreams(ctx context.Context) (err error) {
	replicas := 1
	if s.conn.ConnectedClusterName() != "" {
		replicas = 3
	}
	stream := func(name string, config js.StreamConfig) js.Stream {
		if err != nil {
			return nil
		}
		config.Name, config.Storage, config.Replicas = s.stream(name), js.FileStorage, replicas
		ctx, cancel := context.WithTimeout(ctx, makeWithin)
		defer cancel()
		var made js.Stream
		made, err = s.js.CreateOrUpdateStream(ctx, config)
		return made
	}
	s.queue = stream("inbox", js.StreamConfig{
		Subjects: []string{s.prefix + ".inbox.*"}, Retention: js.WorkQueuePolicy,
		MaxMsgs: int64(s.o.InboxCapacity), Discard: js.DiscardNew, Duplicates: copiesFor,
	})
	s.dead = stream("dead", js.StreamConfig{Subjects: []string{s.names.dead()}, MaxMsgs: maxDead, MaxAge: deadFor, Duplicates: copiesFor})
	s.ledger = stream("done", js.StreamConfig{Subjects: []string{s.prefix + ".done.*"}, MaxMsgsPerSubject: 1, MaxAge: handledFor, Duplicates: copiesFor})
	// Schedules need a stream of their own: the server refuses them beside DiscardNew.
	s.schedules = stream("schedules", js.StreamConfig{
		Subjects: []string{s.prefix + ".schedule.*", s.prefix + ".due.*"}, Retention: js.WorkQueuePolicy, AllowMsgSchedules: true,
	})
	stream("audit", js.StreamConfig{Subjects: []string{s.names.audit()}, MaxAge: auditFor, DenyDelete: true, DenyPurge: true})
	if s.o.KeepAnswers > 0 {
		s.results = stream("answers", js.StreamConfig{
			Subjects: []string{s.result("*")}, MaxMsgsPerSubject: resultsEach, MaxAge: s.o.KeepAnswers, MaxBytes: resultsBytes, AllowDirect: true,
		})
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, makeWithin)
	defer cancel()
	s.notes, err = s.js.CreateOrUpdateKeyValue(ctx, js.KeyValueConfig{Bucket: s.stream("notes"), Replicas: replicas})
	return err
}

// Close implements inbox.Admin. Events that were taken and aren't ended are for other replicas to take at
// once.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.health.mu.Lock()
		s.health.closed = true
		s.health.mu.Unlock()
		s.stop()
		s.spaces.close()
		s.parts.Wait() // before anything is given back, which would come here again
		if s.conn == nil {
			return
		}
		s.spaces.giveBack()
		if err := s.conn.FlushTimeout(time.Second); err != nil && s.conn.IsConnected() {
			s.log.WithError(err).Warn("the NATS cluster wasn't told everything before the inbox was closed")
		}
		s.conn.Close()
	})
	return nil
}
