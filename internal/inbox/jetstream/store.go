package jetstream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/secret"
)

// callWithin bounds a call to the cluster.
const callWithin = 5 * time.Second

// Options are what a store is made of.
type Options struct {
	inbox.Config
	Password secret.Text // of NATSUser
	Log      logrus.FieldLogger

	// Zero values take the defaults.
	Silence time.Duration // how long an event stays with a replica that doesn't extend its lease; 10 s
	Window  int           // events that this replica has from the stream at the same time; 1024
}

// Store is an inbox.Store. Close it in the end.
type Store struct {
	o   Options
	log logrus.FieldLogger
	names
	conn *nats.Conn
	js   js.JetStream

	queue     js.Stream
	dead      js.Stream
	ledger    js.Stream
	schedules js.Stream
	notes     js.KeyValue
	results   js.Stream // nil when none are kept

	health

	running context.Context // until Close
	stop    context.CancelFunc
	parts   sync.WaitGroup
	pulling sync.Once
	closing sync.Once
	spaces  *spaces
}

var _ inbox.Store = (*Store)(nil)

// health is whether the cluster takes events.
type health struct {
	mu      sync.Mutex
	closed  bool                  // nothing is started any more
	down    atomic.Pointer[error] // why it doesn't; nil while it does
	probed  atomic.Int64          // when it last proved to, in nanoseconds
	probing bool
}

// unavailable is the fault for an error of the cluster.
func unavailable(err error) error {
	f := &fault.Error{
		Kind: fault.Unavailable, Message: "The NATS cluster of the inbox doesn't answer.",
		Hint: "Check that most of its servers run and reach each other; the inbox then works again by itself.", Cause: err,
	}
	switch {
	case errors.Is(err, inbox.ErrClosed):
		f.Message, f.Hint = "The inbox is closed.", ""
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrConnectionReconnecting):
		f.Message = "The bot has no connection to the NATS cluster of the inbox."
	case errors.Is(err, js.ErrNoStreamResponse), errors.Is(err, nats.ErrNoResponders), errors.Is(err, context.DeadlineExceeded):
		f.Message = "The NATS cluster of the inbox has no quorum."
	}
	return f
}
