// Package fault says what went wrong in a way both a person and a program can use: a kind to
// decide by, a sentence for the person, what to do next, and the cause for the log.
//
// It is a leaf: it imports nothing of ours, and every package may import it. Mapping a kind to an
// HTTP status, an exit code or a card is the business of the edges, not of this package.
package fault

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Kind is the category of a failure. There are few on purpose: callers decide by them.
type Kind string

const (
	// Invalid is input that can't be accepted as it stands.
	Invalid Kind = "invalid"
	// NotFound is something asked for that isn't there.
	NotFound Kind = "not found"
	// Denied is a refused login or a missing right.
	Denied Kind = "denied"
	// RateLimited is a peer that asks for patience; see Error.After.
	RateLimited Kind = "rate limited"
	// Unavailable is a peer that can't be reached or can't answer now.
	Unavailable Kind = "unavailable"
	// Timeout is an answer that didn't come in time.
	Timeout Kind = "timeout"
	// TooLarge is an answer over a limit.
	TooLarge Kind = "too large"
	// Internal is a defect of ours, and the kind of every error that names none.
	Internal Kind = "internal"
)

// Error is a failure with a sentence for the person it happened to.
type Error struct {
	Kind    Kind
	Message string        // what happened, to what: one sentence that a person reads; never holds a secret
	Hint    string        // what to do next: one sentence, or empty
	After   time.Duration // RateLimited and Unavailable: try no sooner than this; 0 means the peer didn't say
	Cause   error         // for the log only; may be nil
}

// Error returns the sentence and its cause, as a log line wants them.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns the kind of err. A context's deadline is a Timeout; an error that names no kind is
// Internal; nil has no kind and returns "".
func Of(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Timeout
	}
	return Internal
}

// Text returns what a person should read about err: what happened and what to do next. An error
// without a sentence of its own gets a general one, so that causes never leak into a chat.
func Text(err error) (say, do string) {
	var e *Error
	if errors.As(err, &e) {
		return e.Message, e.Hint
	}
	if Of(err) == Timeout {
		return "That took too long, so I stopped waiting.", "Try again in a moment."
	}
	return "Something went wrong on my side.", "Try again; if it stays, tell whoever runs this bot."
}

// Sentence returns both sentences of Text in one line.
func Sentence(err error) string {
	message, hint := Text(err)
	return strings.TrimSpace(message + " " + hint)
}

// After returns how long the peer asked to be left alone, or 0.
func After(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.After
	}
	return 0
}

// Temporary reports whether the same call may work later without anybody changing anything. Whether
// to try again is decided in one place (internal/inbox); clients only classify.
func Temporary(err error) bool {
	switch Of(err) {
	case RateLimited, Unavailable, Timeout:
		return true
	}
	return false
}
