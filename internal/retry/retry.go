// Package retry is the one policy for calls that fail: how long to wait, which errors deserve another
// attempt, when to give up.
//
// Clients classify their errors (internal/fault) and never try again themselves; callers that loop
// take the pauses from here. The package is a leaf: it imports internal/fault only, and every package
// may import it.
//
// Reading order: backoff.go, retry.go.
package retry

import (
	"context"
	"time"

	"overwatch/internal/fault"
)

// Policy says how a failed call is tried again. The zero value retries temporary errors for as long
// as the context lives.
type Policy struct {
	First  time.Duration              // the first pause, give or take half of it; 500 ms where 0
	Max    time.Duration              // the longest pause, unless the peer asks for more; 30 s where 0
	GiveUp time.Duration              // no attempt begins later than this after the first one; never where 0
	Retry  func(error) bool           // which errors deserve another attempt; fault.Temporary where nil
	Notify func(error, time.Duration) // called before each pause; may be nil
}

// Always retries every error.
func Always(error) bool { return true }

// Do calls until it succeeds, fails for good or GiveUp has passed, and returns the result and the
// error of the last attempt. When ctx ends it returns ctx's error. A pause is never shorter than
// fault.After of the error.
func Do[T any](ctx context.Context, p Policy, call func(context.Context) (T, error)) (T, error) {
	retry := p.Retry
	if retry == nil {
		retry = fault.Temporary
	}
	began := time.Now()
	pauses := NewBackoff(p.First, p.Max)
	for {
		result, err := call(ctx)
		switch {
		case err == nil:
			return result, nil
		case ctx.Err() != nil:
			return result, ctx.Err()
		case !retry(err):
			return result, err
		}
		pause := pauses.Next(err)
		if p.GiveUp > 0 && time.Since(began)+pause > p.GiveUp {
			return result, err
		}
		if p.Notify != nil {
			p.Notify(err, pause)
		}
		if err := Sleep(ctx, pause); err != nil {
			return result, err
		}
	}
}

// Call is Do for a call that returns nothing but an error.
func (p Policy) Call(ctx context.Context, call func(context.Context) error) error {
	_, err := Do(ctx, p, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}
