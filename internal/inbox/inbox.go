// Package inbox keeps events until they are handled.
//
// Transports put events in and may acknowledge them to Webex as soon as Put returns; internal/worker
// takes them out. The package holds the interfaces and what their implementations share; it knows no
// transport, no client and no bot. It is imported by transports (Sink, Notes), by its stores, by
// internal/worker and by internal/app. Every store passes the contract suite in inboxtest.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("the inbox is closed")

// Sink takes what a transport heard. When Put returns nil the notice is kept and will be answered;
// stored is false for a copy of one that is here already, or was a short while ago. The error is a
// fault of kind Unavailable when there is no room, or none to be had now: the sender is to try again.
type Sink interface {
	Put(ctx context.Context, n chat.Event) (stored bool, err error)
	// Known reports whether a notice was answered already, as far back as is remembered: whoever looks
	// back needn't put it once more.
	Known(ctx context.Context, n chat.Event) (bool, error)
}

// Notes keeps small things that must be known again after a restart, and by every replica. Names are
// of letters, digits and dashes.
type Notes interface {
	// Read returns what was written under a name, or nil.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write replaces it.
	Write(ctx context.Context, name string, value []byte) error
	// Claim writes value unless something stands there already, and returns what stands there. With
	// a time it stands no longer than that, unless whoever wrote it claims it again: so replicas agree
	// who does what only one may do. Times are at least a second.
	Claim(ctx context.Context, name string, value []byte, lasting time.Duration) (holder []byte, err error)
}

// Store is a queue of notices. Notices of one space are leased one after the other, in the order
// they came; spaces don't wait for each other. Every implementation passes the contract suite in
// inboxtest.
type Store interface {
	Sink
	Notes
	// Take waits for the next notice. It returns ctx's error when that ends first, and ErrClosed
	// when the store is closed. It may be called by many at once.
	Take(ctx context.Context) (Lease, error)

	// Watch shows see every notice that is put, by whichever process, before its turn comes and in no
	// order: a hint that may be missed. see must be quick. stop ends it.
	Watch(see func(chat.Event)) (stop func(), err error)

	// Count returns how many notices wait or are being worked on, and how many were given up. It may
	// be a moment behind, and so may the room that a notice leaves.
	Count(ctx context.Context) (Counts, error)
	// Dead yields what was given up, oldest first. It ends after an error.
	Dead(ctx context.Context) iter.Seq2[Dead, error]
	// Replay puts a dead letter back among the waiting, as new. The error is NotFound when it is gone.
	Replay(ctx context.Context, id uint64) error
	// Forget drops a dead letter for good. The error is NotFound when it is gone.
	Forget(ctx context.Context, id uint64) error

	// Close lets no more in or out. What is kept stays kept, as far as the store can.
	Close() error
}

// Counts says how much is in a store.
type Counts struct{ Waiting, Dead int }

// Dead is a notice that was given up.
type Dead struct {
	ID     uint64 // grows; 1 at least
	Notice chat.Event
	Reason string
	At     time.Time
}

// Lease is a notice that is being worked on by nobody else, for as long as it takes: a store whose
// leases run out extends them by itself. Exactly one of Done, Retry and Bury ends it.
type Lease interface {
	Notice() chat.Event
	Attempt() int // 1 at first

	// Held reports whether the lease is still ours. A process that stood still for too long, or lost
	// its way to a shared store, has to assume that somebody else works on the notice by now.
	Held() bool
	// Sent returns how many replies an earlier attempt sent before it broke off.
	Sent() int
	// Keep notes that so many replies have been sent, in case that this attempt breaks off. It isn't
	// needed before Done.
	Keep(sent int) error

	Done() error
	Retry(after time.Duration) error // give it back, to be taken no sooner than that; the space waits
	Bury(reason string) error        // give up and keep it as a dead letter
}

// Full is the error of a store without room.
func Full(capacity int) error {
	return &fault.Error{
		Kind: fault.Unavailable, Message: "The inbox is full.",
		Hint:  "See why nothing is answered (overwatch inbox, and the log), or raise inbox-capacity.",
		Cause: fmt.Errorf("%d notices wait", capacity),
	}
}

// Gone is the error of a dead letter that isn't there.
func Gone(id uint64) error {
	return &fault.Error{Kind: fault.NotFound, Message: fmt.Sprintf("There is no dead letter %d.", id), Hint: "overwatch inbox lists them."}
}
