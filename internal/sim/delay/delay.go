// Package delay makes simulators slow. Only they import it.
package delay

import (
	"context"
	"time"
)

// For waits and reports whether nobody gave up meanwhile.
func For(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
