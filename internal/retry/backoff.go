package retry

import (
	"cmp"
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"overwatch/internal/fault"
)

// Backoff yields the pauses of a loop that runs for as long as its program, such as one that keeps a
// connection open. Each pause is half as long again as the one before, with jitter. It isn't safe for
// concurrent use.
type Backoff struct{ pauses *backoff.ExponentialBackOff }

// NewBackoff returns a Backoff. Its first pause is first, give or take half of it (500 ms where first
// is 0); its longest is limit (30 s where 0), again give or take half.
func NewBackoff(first, limit time.Duration) *Backoff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = cmp.Or(first, 500*time.Millisecond), cmp.Or(limit, 30*time.Second)
	return &Backoff{b}
}

// Next returns the pause after err: at least as long as the peer asked for (fault.After).
func (b *Backoff) Next(err error) time.Duration {
	return max(b.pauses.NextBackOff(), fault.After(err))
}

// Reset makes the next pause the first one again.
func (b *Backoff) Reset() { b.pauses.Reset() }

// Sleep waits for d. When ctx ends first, it returns ctx's error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
