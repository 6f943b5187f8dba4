// Package polling receives events by polling the Webex API, for sites where neither a WebSocket nor a
// webhook works. It receives messages and new spaces. Webex lists no button presses.
//
// It is imported by internal/app.
package polling

import (
	"context"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/retry"
	"overwatch/internal/transport"
)

// idleFactor is how many times longer the pauses become while nothing happens.
const idleFactor = 10

// Config are the settings of polling.
type Config struct {
	PollEvery time.Duration `default:"2s" placeholder:"TIME" validate:"min=100ms" help:"How often to poll Webex, for --transport polling; ten times less often while nothing happens."`
}

// Transport receives events by polling.
type Transport struct {
	receiver *transport.Receiver
	min, max time.Duration // pauses between polls
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that puts events into the inbox with r.
func New(r *transport.Receiver, c Config) *Transport {
	return &Transport{receiver: r, min: c.PollEvery, max: idleFactor * c.PollEvery}
}

// Describe implements transport.Transport.
func (*Transport) Describe() string {
	return "by polling Webex, which doesn't receive button presses"
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	pause := t.min
	for {
		stored, err := t.receiver.CatchUp(ctx, t.receiver.State.Down)
		switch {
		case ctx.Err() != nil:
			return nil
		case t.receiver.TokenRefused(ctx, err):
			return err
		case err != nil:
			t.receiver.State.Down(err)
			t.receiver.WithError(err).Warn("polling Webex failed; it will be retried")
			pause = max(min(2*pause, t.max), fault.After(err))
		case stored > 0:
			t.receiver.State.Up()
			pause = t.min
		default:
			t.receiver.State.Up()
			pause = min(pause+pause/2, t.max)
		}
		if retry.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}
