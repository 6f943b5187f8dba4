// Package inbox is the durable queue between the transports and the worker: an event stays in it until
// it is handled.
//
// A transport puts events in and may acknowledge them to Webex as soon as Put returns; internal/worker
// takes them out. This package has the interfaces, their errors and the settings. The stores are
// internal/inbox/local (one process, one directory) and internal/inbox/jetstream (several replicas, one
// NATS cluster); each passes the contract suite in inboxtest. The package knows no transport, no Webex
// and no bot. Transports (Sink, Notes), the stores, internal/worker and internal/app import it.
//
// Reading order: config.go, inbox.go.
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

// ErrClosed is returned by the methods of a closed store.
var ErrClosed = errors.New("the inbox is closed")

// Sink receives events. When Put returns nil, the event is stored and will be handled; stored is false
// for a copy of an event that is in the inbox, or was within the last hours. An error is a fault of kind
// Unavailable when the inbox is full or can't write now: the sender should try again later.
type Sink interface {
	Put(ctx context.Context, e chat.Event) (stored bool, err error)
	// Known reports whether an event was handled already, as far back as the store remembers.
	Known(ctx context.Context, e chat.Event) (bool, error)
}

// Schedule holds events that become due later.
type Schedule interface {
	// PutLater stores an event that becomes due at a time, which stores may round up to a full second.
	// It replaces an event with the same key that isn't due yet. A due event is delivered once, with At
	// set to the time it was due: late rather than never if nothing ran at that time.
	PutLater(ctx context.Context, e chat.Event, at time.Time) error
	// Cancel removes the event with this key that isn't due yet, if there is one.
	Cancel(ctx context.Context, key string) error
}

// Notes stores small values that outlive the process and are shared by all replicas. Names consist of
// letters, digits and dashes.
type Notes interface {
	// Read returns the value of a name, or nil.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write replaces the value of a name.
	Write(ctx context.Context, name string, value []byte) error
	// Claim writes value unless the name has another value, and returns the value it has now. The claim
	// expires after ttl (at least a second) unless the same value is claimed again; with 0 it never
	// expires. Replicas use it to agree on which of them does what only one may do.
	Claim(ctx context.Context, name string, value []byte, ttl time.Duration) (holder []byte, err error)
}

// Admin is what an operator sees of an inbox and can do to it.
type Admin interface {
	// Count returns the number of events that wait or are being handled, and of dead letters. In a
	// cluster it may be a moment behind.
	Count(ctx context.Context) (Counts, error)
	// Dead yields the dead letters, oldest first. It ends after an error.
	Dead(ctx context.Context) iter.Seq2[Dead, error]
	// Replay puts a dead letter back into the queue as if it were new. The error is of kind NotFound when
	// there is no such dead letter.
	Replay(ctx context.Context, id uint64) error
	// Forget deletes a dead letter. The error is of kind NotFound when there is no such dead letter.
	Forget(ctx context.Context, id uint64) error
	// Close releases the inbox. It may be called more than once.
	Close() error
}

// Store is a durable queue of events. Events of one space are leased one after the other, in the order
// they were put; spaces don't wait for each other. Safe for concurrent use.
type Store interface {
	Sink
	Schedule
	Notes
	Admin

	// Take waits for the next event and leases it. It returns ctx's error when ctx ends first, and
	// ErrClosed when the store is closed.
	Take(ctx context.Context) (Lease, error)

	// Watch calls see for every event that is put, by any replica, before its turn comes and in no
	// particular order; it may miss some. see must return quickly. stop ends it.
	Watch(see func(chat.Event)) (stop func(), err error)

	// Ready returns nil when the store accepts events, or a fault of kind Unavailable that says why it
	// doesn't. It returns within a second.
	Ready(ctx context.Context) error
}

// Counts is how many events a store holds.
type Counts struct {
	Waiting int `json:"waiting"`
	Dead    int `json:"dead"`
}

// Dead is a dead letter: an event that was given up.
type Dead struct {
	ID     uint64     `json:"id"` // grows with each dead letter; at least 1
	Event  chat.Event `json:"event"`
	Reason string     `json:"reason"`
	At     time.Time  `json:"at"`
}

// Lease is an event that nobody else handles. It lasts until Done, Retry or Bury ends it; exactly one of
// them must be called. Stores extend leases by themselves.
type Lease interface {
	Event() chat.Event
	Attempt() int // 1 at first

	// Held reports whether the lease still belongs to this process. A process that was suspended, or cut
	// off from a cluster, must assume that another one handles the event by now.
	Held() bool
	// Sent returns how many replies an earlier attempt sent before it was interrupted.
	Sent() int
	// Keep records how many replies were sent, in case this attempt is interrupted. Done doesn't need it.
	Keep(sent int) error

	Done() error                     // the event was handled
	Retry(after time.Duration) error // return it, to be taken no sooner than that; its space waits
	Bury(reason string) error        // give it up and keep it as a dead letter
}

// Full is the error of a store without room.
func Full(capacity int) error {
	return &fault.Error{
		Kind: fault.Unavailable, Message: "The inbox is full.",
		Hint:  "See in the log and with overwatch inbox why events aren't handled, or raise inbox-capacity.",
		Cause: fmt.Errorf("%d events wait", capacity),
	}
}

// NoDeadLetter is the error of Replay and Forget for a dead letter that doesn't exist.
func NoDeadLetter(id uint64) error {
	return &fault.Error{Kind: fault.NotFound, Message: fmt.Sprintf("There is no dead letter %d.", id), Hint: "overwatch inbox lists them."}
}
