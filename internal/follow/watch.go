package follow

import (
	"context"
	"time"

	"overwatch/internal/retry"
)

const (
	watchEvery = 2 * time.Second
	// settled is how long files must stay unchanged before they are read, since some are written in
	// several steps.
	settled = 500 * time.Millisecond
)

// Watch calls changed whenever files are in another state than when they were read, until ctx ends.
// read returns their state at that time. If changed doesn't read them, because they are invalid, it is
// called again after the next change only.
func Watch(ctx context.Context, read func() Files, changed func()) {
	var seen Files // the last state that changed was called for
	for retry.Sleep(ctx, watchEvery) == nil {
		files := read()
		now := files.Now()
		if now.Equal(files) || now.Equal(seen) {
			continue
		}
		for before := files; !now.Equal(before); now = now.Now() {
			before = now
			if retry.Sleep(ctx, settled) != nil {
				return
			}
		}
		seen = now
		changed()
	}
}
