// Package fault describes failures for programs and for people: a kind to decide by, a message, a hint
// what to do next, and the cause for the log.
//
// It doesn't map kinds to HTTP statuses, exit codes or cards; the packages that need that do. It is a
// leaf: it imports nothing of ours, and every package may import it.
package fault

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Kind is the category of a failure. Callers decide by it, so there are few.
type Kind string

const (
	// Invalid is input that can't be accepted.
	Invalid Kind = "invalid"
	// NotFound is something that doesn't exist.
	NotFound Kind = "not found"
	// Denied is a refused login or a missing right.
	Denied Kind = "denied"
	// RateLimited is a peer that accepts no more calls for now; see Error.After.
	RateLimited Kind = "rate limited"
	// Unavailable is a peer that can't be reached or can't respond now.
	Unavailable Kind = "unavailable"
	// Timeout is a response that didn't come in time.
	Timeout Kind = "timeout"
	// TooLarge is a response over a limit.
	TooLarge Kind = "too large"
	// Internal is a defect of the bot, and the kind of errors without one.
	Internal Kind = "internal"
)

// Error is a failure with a message for people.
type Error struct {
	Kind    Kind
	Message string        // what happened, to what: one sentence for people, without secrets
	Hint    string        // what to do next: one sentence, or empty
	After   time.Duration // how long to wait before the next attempt; 0 if the peer didn't say
	Cause   error         // for the log only; may be nil
}

// Error returns the message with the cause in parentheses, for the log: "r1 is busy (status 503)."
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	cause := strings.TrimSuffix(e.Cause.Error(), ".")
	if message, ok := strings.CutSuffix(e.Message, "."); ok {
		return message + " (" + cause + ")."
	}
	return e.Message + " (" + cause + ")"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns the kind of err: Timeout for a context's deadline, Internal for other errors that aren't
// faults, "" for nil.
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

// Text returns what a person reads about err: what happened and what to do next. Errors that aren't
// faults get a general message, so that causes never get into a chat.
func Text(err error) (message, hint string) {
	var e *Error
	if errors.As(err, &e) {
		return e.Message, e.Hint
	}
	if Of(err) == Timeout {
		return "That took too long.", "Try again in a moment."
	}
	return "Something went wrong in the bot.", "Try again; if it happens again, tell the bot's operator."
}

// Sentence returns both sentences of Text in one line.
func Sentence(err error) string {
	message, hint := Text(err)
	return strings.TrimSpace(message + " " + hint)
}

// After returns how long the peer asked callers to wait, or 0.
func After(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.After
	}
	return 0
}

// Temporary reports whether the same call may succeed later although nobody changes anything. Clients
// only classify errors; callers retry with internal/retry.
func Temporary(err error) bool {
	switch Of(err) {
	case RateLimited, Unavailable, Timeout:
		return true
	}
	return false
}
