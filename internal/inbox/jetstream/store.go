// Package jetstream is the durable inbox: an inbox.Store in NATS JetStream, either in this process,
// with its files in a data directory, or in a cluster that several bots share. Both go the same way.
//
// Notices lie in a work-queue stream with one subject for each space. A notice may be worked on when
// it is the first of its subject: that alone keeps the order of a space, also between processes, and
// needs no locks. Whoever got it from the stream keeps telling so; when they don't for ten seconds,
// somebody else gets it. What has been answered stands in a ledger for some hours, since a
// work queue forgets what is done.
//
// In a process of its own the inbox needn't ask for what nobody else can have changed, and the last
// minute of it stands in a journal, too, with which it survives a loss of power.
//
// It knows notices and nothing of Webex. Only internal/app, internal/cli and internal/bench import it.
package jetstream

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/secret"
)

const (
	copiesFor  = 10 * time.Minute    // a copy is told from news by the stream itself for so long
	answersFor = 6 * time.Hour       // and by the ledger for so long, which costs 700 bytes of memory each (measured in the soak)
	deadFor    = 30 * 24 * time.Hour // dead letters are kept for so long
	maxDead    = 10_000
	callWithin = 5 * time.Second // a call to the server
)

// Options are what a store is made of.
type Options struct {
	inbox.Config
	Password secret.Text // of NATSUser
	Log      logrus.FieldLogger
	Visit    bool // look into the inbox of a running bot, if the data directory has one

	// Zero values take the defaults.
	Silence time.Duration // how long a notice stays with somebody who says nothing; 10 s
	Window  int           // notices that this process has from the stream at the same time; 1024
}

// Store is an inbox.Store.
type Store struct {
	o      Options
	log    logrus.FieldLogger
	server *embedded // nil in a cluster
	conn   *nats.Conn

	js    js.JetStream
	queue js.Stream
	dead  js.Stream
	done  js.Stream // the ledger: the last record of each notice that was begun
	notes js.KeyValue

	answers js.Stream // nil when none are kept

	journal *journal // nil in a cluster, and where the disk is written through now and then

	watching sync.Map // of func(chat.Notice), where all that is put is put by this process
	answered *answered

	fresh     bool   // nothing was taken yet
	handedOut uint64 // the last notice that the process before this one took

	running context.Context
	stop    context.CancelFunc
	start   sync.Once
	parts   sync.WaitGroup

	spaces
}

var _ inbox.Store = (*Store)(nil)

// Open opens the inbox and makes what it lacks. The error is a fault that says what to mend.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	o.Silence, o.Window = cmp.Or(o.Silence, 10*time.Second), cmp.Or(o.Window, 1024)
	s := &Store{o: o, log: o.Log, fresh: true, spaces: newSpaces()}
	s.running, s.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.connect(); err != nil {
		return nil, err
	}
	if s.js, err = js.New(s.conn); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	if s.server != nil && o.Synced() {
		if err := s.promise(ctx); err != nil {
			return nil, err
		}
	}
	if s.server != nil {
		s.answered = newAnswered()
	}
	return s, nil
}

// ready is how long a cluster may take until it is ready.
const ready = 20 * time.Second

// prepare makes what the inbox lacks. A cluster that is starting, or choosing a leader, is asked again.
func (s *Store) prepare(ctx context.Context) error {
	for began := time.Now(); ; {
		within, cancel := context.WithTimeout(ctx, callWithin)
		err := s.make(within)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil, !temporary(err), time.Since(began) > ready:
			return unreachable(err)
		}
		s.log.WithError(err).Warn("the inbox doesn't answer yet; I'll try again")
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// temporary reports whether a server may say something else in a moment.
func temporary(err error) bool {
	var api *js.APIError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, js.ErrNoStreamResponse) ||
		errors.As(err, &api) && api.Code == http.StatusServiceUnavailable
}

func (s *Store) connect() error {
	options := []nats.Option{
		nats.Name("overwatch"), nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond), nats.Timeout(callWithin),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { s.log.WithError(err).Warn("the inbox complains") }),
	}
	var err error
	if s.o.NATSURL != "" {
		if s.conn, err = nats.Connect(s.o.NATSURL, append(options, s.cluster()...)...); err != nil {
			return &fault.Error{
				Kind: fault.Invalid, Message: "I can't reach the NATS cluster of the inbox.",
				Hint: "Check nats-url and the login, and that the cluster runs.", Cause: err,
			}
		}
		return nil
	}
	var sync time.Duration // the server's own
	if s.o.Synced() {
		sync = syncEvery
	}
	s.server, err = startEmbedded(s.o.DataDir, sync, s.log)
	door := visitor{filepath.Join(s.o.DataDir, socketName)}
	switch {
	case errors.Is(err, errTaken) && s.o.Visit:
		s.conn, err = nats.Connect("", append(options, nats.InProcessServer(door))...)
		if err != nil {
			return &fault.Error{Kind: fault.Unavailable, Message: "The bot that uses " + s.o.DataDir + " doesn't let me look in.", Hint: "Try again when it is stopped.", Cause: err}
		}
		return nil
	case errors.Is(err, errTaken):
		return &fault.Error{
			Kind: fault.Invalid, Message: "Another bot uses the data directory " + s.o.DataDir + ".",
			Hint: "Stop it, or name another directory with --data-dir. Bots that share the work need a NATS cluster (--nats-url).",
		}
	case err != nil:
		return err
	}
	s.conn, err = nats.Connect("", append(options, nats.InProcessServer(s.server.server))...)
	return err
}

// cluster are the options of a connection to somebody else's server.
func (s *Store) cluster() (options []nats.Option) {
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

// make creates the streams and buckets, or brings them up to the settings.
func (s *Store) make(ctx context.Context) (err error) {
	replicas := 1
	if s.conn.ConnectedClusterName() != "" {
		replicas = 3
	}
	if s.queue, err = s.js.CreateOrUpdateStream(ctx, js.StreamConfig{
		Name: s.o.NATSPrefix + "-inbox", Subjects: []string{s.o.NATSPrefix + ".inbox.*"},
		Retention: js.WorkQueuePolicy, Storage: js.FileStorage, Replicas: replicas,
		MaxMsgs: int64(s.o.InboxCapacity), Discard: js.DiscardNew, Duplicates: copiesFor,
	}); err != nil {
		return err
	}
	if s.dead, err = s.js.CreateOrUpdateStream(ctx, js.StreamConfig{
		Name: s.o.NATSPrefix + "-dead", Subjects: []string{s.deadSubject()},
		Storage: js.FileStorage, Replicas: replicas, MaxMsgs: maxDead, MaxAge: deadFor, Duplicates: copiesFor,
	}); err != nil {
		return err
	}
	if s.done, err = s.js.CreateOrUpdateStream(ctx, js.StreamConfig{
		Name: s.o.NATSPrefix + "-done", Subjects: []string{s.o.NATSPrefix + doneSubjects + "*"}, MaxMsgsPerSubject: 1, MaxAge: answersFor,
		Storage: js.FileStorage, Replicas: replicas, Duplicates: copiesFor,
	}); err != nil {
		return err
	}
	if s.notes, err = s.js.CreateOrUpdateKeyValue(ctx, js.KeyValueConfig{Bucket: s.o.NATSPrefix + "-notes", Replicas: replicas}); err != nil {
		return err
	}
	if err := s.makeAnswers(ctx, replicas); err != nil {
		return err
	}
	return s.makeAudit(ctx, replicas)
}

func (s *Store) deadSubject() string { return s.o.NATSPrefix + ".dead" }

// doneSubjects are those of the ledger, behind the prefix.
const doneSubjects = ".done."

// record is where the ledger has a notice.
func (s *Store) record(n chat.Event) string { return s.o.NATSPrefix + doneSubjects + digest(n.Key()) }

// subject is where notices of a space lie. Those of an unknown one wait for nothing.
func (s *Store) subject(n chat.Event) string {
	return s.o.NATSPrefix + ".inbox." + digest(cmp.Or(n.Room, n.Key()))
}

const digestBytes = 16

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:digestBytes])
}

// Put implements inbox.Sink. When it returns, the notice is on the disk, or on most disks of the cluster.
func (s *Store) Put(ctx context.Context, n chat.Event) (bool, error) {
	return s.publish(ctx, n, n.Key())
}

func (s *Store) publish(ctx context.Context, n chat.Event, id string) (bool, error) {
	if s.running.Err() != nil {
		return false, unreachable(inbox.ErrClosed)
	}
	body, err := json.Marshal(n)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	copied, err := s.write(ctx, s.subject(n), id, body)
	var api *js.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode == codeFull:
		return false, inbox.Full(s.o.InboxCapacity)
	case err != nil:
		return false, unreachable(err)
	}
	if !copied {
		s.tell(n, body)
	}
	return !copied, nil
}

// tell tells those who watch, in this process or in all of them. It is a hint; it may be missed.
func (s *Store) tell(n chat.Event, body []byte) {
	if s.server == nil {
		_ = s.conn.Publish(s.rumour(), body)
		return
	}
	s.watching.Range(func(_, see any) bool {
		see.(func(chat.Event))(n)
		return true
	})
}

// rumour is where processes hear of every notice at once, before its turn comes.
func (s *Store) rumour() string { return s.o.NATSPrefix + ".heard" }

// Watch implements inbox.Store.
func (s *Store) Watch(see func(chat.Event)) (stop func(), err error) {
	if s.server != nil {
		key := new(byte)
		s.watching.Store(key, see)
		return func() { s.watching.Delete(key) }, nil
	}
	sub, err := s.conn.Subscribe(s.rumour(), func(msg *nats.Msg) {
		var n chat.Event
		if json.Unmarshal(msg.Data, &n) == nil {
			see(n)
		}
	})
	if err != nil {
		return nil, unreachable(err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // it ends with the connection as well
}

// codeFull is JetStream's "maximum messages exceeded".
const codeFull = 10077

func unreachable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Message: "The inbox can't be reached.",
		Hint: "Check the disk of the data directory, or the NATS cluster.", Cause: err,
	}
}

// Count implements inbox.Store.
func (s *Store) Count(ctx context.Context) (c inbox.Counts, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	for stream, into := range map[js.Stream]*int{s.queue: &c.Waiting, s.dead: &c.Dead} {
		info, err := stream.Info(ctx)
		if err != nil {
			return c, unreachable(err)
		}
		*into = int(info.State.Msgs)
	}
	return c, nil
}

// letter is a dead letter as it lies in its stream.
type letter struct {
	Notice chat.Event `json:"notice"`
	Reason string     `json:"reason"`
}

// Dead implements inbox.Store.
func (s *Store) Dead(ctx context.Context) iter.Seq2[inbox.Dead, error] {
	return func(yield func(inbox.Dead, error) bool) {
		for next := uint64(1); ; {
			msg, err := s.dead.GetMsg(ctx, next, js.WithGetMsgSubject(s.deadSubject()))
			if errors.Is(err, js.ErrMsgNotFound) {
				return
			} else if err != nil {
				yield(inbox.Dead{}, unreachable(err))
				return
			}
			next = msg.Sequence + 1
			d, err := buried(msg)
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

func buried(msg *js.RawStreamMsg) (inbox.Dead, error) {
	var l letter
	if err := json.Unmarshal(msg.Data, &l); err != nil {
		return inbox.Dead{}, fmt.Errorf("dead letter %d can't be read: %w", msg.Sequence, err)
	}
	return inbox.Dead{ID: msg.Sequence, Event: l.Notice, Reason: l.Reason, At: msg.Time}, nil
}

// Replay implements inbox.Store.
func (s *Store) Replay(ctx context.Context, id uint64) error {
	msg, err := s.dead.GetMsg(ctx, id)
	if errors.Is(err, js.ErrMsgNotFound) {
		return inbox.Gone(id)
	} else if err != nil {
		return unreachable(err)
	}
	d, err := buried(msg)
	if err != nil {
		return err
	}
	if err := s.done.Purge(ctx, js.WithPurgeSubject(s.record(d.Event))); err != nil {
		return unreachable(err)
	}
	if _, err := s.publish(ctx, d.Event, fmt.Sprintf("%s/replayed/%d", d.Event.Key(), id)); err != nil {
		return err
	}
	return s.Forget(ctx, id)
}

// Forget implements inbox.Store.
func (s *Store) Forget(ctx context.Context, id uint64) error {
	switch err := s.dead.DeleteMsg(ctx, id); {
	case errors.Is(err, js.ErrMsgNotFound), errors.Is(err, js.ErrMsgDeleteUnsuccessful):
		return inbox.Gone(id)
	case err != nil:
		return unreachable(err)
	}
	return nil
}

// Close implements inbox.Store. What was taken and isn't ended is for others to take at once.
func (s *Store) Close() error {
	s.stop()
	s.spaces.close()
	s.parts.Wait() // before anything is given back, which would come here again
	if s.conn != nil {
		s.giveBack()
		if err := s.conn.FlushTimeout(time.Second); err != nil && s.conn.IsConnected() {
			s.log.WithError(err).Warn("the inbox didn't hear everything before it was closed")
		}
		s.conn.Close()
	}
	var err error
	if s.journal != nil {
		err = s.journal.close()
	}
	if s.server != nil {
		s.server.stop()
	}
	return err
}
