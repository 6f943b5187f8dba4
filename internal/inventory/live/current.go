package live

import (
	"context"

	"overwatch/internal/inventory"
)

// FollowCurrent follows the Live that current returns, until ctx ends. When replaced gets an element it
// follows the new one instead.
func FollowCurrent(ctx context.Context, current func() *Live, replaced <-chan struct{}, changed func(*Live, *inventory.Inventory)) {
	for ctx.Err() == nil {
		l := current()
		following, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.Follow(following, func(in *inventory.Inventory) { changed(l, in) })
		}()
		select {
		case <-ctx.Done():
		case <-replaced:
		}
		stop()
		<-ended
	}
}
