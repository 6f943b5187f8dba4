package webhook

import (
	"sync"

	"overwatch/internal/transport"
)

// health combines what is needed to receive deliveries: correct webhooks and, with a relay, the
// connection to it. Safe for concurrent use.
type health struct {
	state *transport.State

	mu                 sync.Mutex
	hooksErr, relayErr error
}

// newHealth returns the health of a transport that isn't up yet.
func newHealth(state *transport.State, relayed bool) *health {
	h := &health{state: state, hooksErr: state.Err()}
	if relayed {
		h.relayErr = state.Err()
	}
	return h
}

// hooks records the outcome of a check of the webhooks.
func (h *health) hooks(err error) { h.set(func() { h.hooksErr = err }) }

// relay records that the connection to the relay works, or why it doesn't.
func (h *health) relay(err error) { h.set(func() { h.relayErr = err }) }

// delivered records a genuine delivery, which proves that everything works.
func (h *health) delivered() { h.set(func() { h.hooksErr, h.relayErr = nil, nil }) }

func (h *health) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
	switch {
	case h.relayErr != nil:
		h.state.Down(h.relayErr)
	case h.hooksErr != nil:
		h.state.Down(h.hooksErr)
	default:
		h.state.Up()
	}
}
