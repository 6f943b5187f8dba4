// Package polling hears by asking Webex's API again and again, for sites where neither a WebSocket
// nor a webhook works. It hears messages and new spaces; of pressed buttons Webex lists nothing.
//
// It is imported by internal/app.
package polling

import (
	"context"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/transport"
)

// idle is how much less often it asks while nothing happens.
const idle = 10

// Config are the settings of polling.
type Config struct {
	PollEvery time.Duration `default:"2s" placeholder:"TIME" validate:"min=100ms" help:"How often to ask Webex, for --transport polling; ten times less often while nothing happens."`
}

// Transport hears by polling.
type Transport struct {
	receiver *transport.Receiver
	soonest  time.Duration // since an answer is often followed by the next question
	latest   time.Duration
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that hears with receiver.
func New(receiver *transport.Receiver, c Config) *Transport {
	return &Transport{receiver, c.PollEvery, idle * c.PollEvery}
}

// Describe implements transport.Transport.
func (*Transport) Describe() string {
	return "by asking Webex every few seconds, which tells of messages but of no pressed buttons"
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	wait := t.soonest
	for {
		news, err := t.receiver.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Of(err) == fault.Denied:
			return err
		case err != nil:
			t.receiver.State.Down(err)
			t.receiver.WithError(err).Warn("can't ask Webex what happened; I'll try again")
			wait = max(min(2*wait, t.latest), fault.After(err))
		case news > 0:
			t.receiver.State.Up()
			wait = t.soonest
		default:
			t.receiver.State.Up()
			wait = min(wait+wait/2, t.latest)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
