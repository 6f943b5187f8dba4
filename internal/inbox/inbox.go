// Package inbox keeps what was heard until it is answered, and holds the one worker that answers.
//
// Transports put notices in and may acknowledge them to Webex as soon as Put returns. The worker
// takes them out, fetches their content, lets the bot think and sends what it says; it is the only
// place where anything is tried again. The package is imported by transports (Sink) and by
// internal/app; it knows no transport, no client and no bot, only the interfaces it declares.
package inbox

import (
	"context"
	"time"

	"overwatch/internal/chat"
)

// Sink takes what a transport heard. When Put returns nil the notice is kept and will be answered;
// stored is false for a copy of one that is or was here already. The error is a fault of kind
// Unavailable when there is no room: the sender is to try again.
type Sink interface {
	Put(ctx context.Context, n chat.Notice) (stored bool, err error)
}

// Store is a queue of notices. Notices of one space are leased one after the other, in the order
// they came; spaces don't wait for each other. Every implementation passes the contract suite in
// inboxtest.
type Store interface {
	Sink
	// Take waits for the next notice. It returns ctx's error when that ends first, and ErrClosed
	// when the store is closed.
	Take(ctx context.Context) (Lease, error)
	// Close lets no more in or out. What is kept stays kept, as far as the store can.
	Close() error
}

// Lease is a notice that is being worked on by nobody else, for as long as it takes: a store whose
// leases run out extends them by itself. Exactly one of Done, Retry and Bury ends it.
type Lease interface {
	Notice() chat.Notice
	Attempt() int // 1 at first
	Done() error
	Retry(after time.Duration) error // give it back, to be taken no sooner than that; the space waits
	Bury(reason string) error        // give up and keep it as a dead letter
}
