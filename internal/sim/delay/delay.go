// Package delay makes simulators slow. Only simulators may import it.
package delay

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends. It reports whether ctx is still valid.
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
