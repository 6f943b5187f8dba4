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

// How often it asks: soon after something was heard, since an answer is often followed by the next
// question, and less and less while nothing happens.
const (
	soonest = 2 * time.Second
	latest  = 20 * time.Second
)

// Transport hears by polling.
type Transport struct{ ear *transport.Ear }

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that hears with ear.
func New(ear *transport.Ear) *Transport { return &Transport{ear} }

// Describe implements transport.Transport.
func (*Transport) Describe() string {
	return "by asking Webex every few seconds, which tells of messages but of no pressed buttons"
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	wait := soonest
	for {
		news, err := t.ear.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Of(err) == fault.Denied:
			return err
		case err != nil:
			t.ear.State.Deaf(err)
			t.ear.Log.WithError(err).Warn("can't ask Webex what happened; I'll try again")
			wait = max(min(2*wait, latest), fault.After(err))
		case news > 0:
			t.ear.State.Hears()
			wait = soonest
		default:
			t.ear.State.Hears()
			wait = min(wait+wait/2, latest)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
