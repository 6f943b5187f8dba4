// Package transport has what the transports share: the interface, the receiver that puts events into
// the inbox, and catching up by REST on events that were missed.
//
// Each transport is a package below this one. It learns that something happened, puts the event into
// the inbox and keeps its connection. It fetches no content and sends no replies. The package is
// imported by the transports and by internal/app, which chooses one.
//
// Reading order: state.go, transport.go, skipped.go, requests.go, receiver.go, mark.go,
// catchup.go.
package transport

import "context"

// Transport receives events from Webex. Every implementation passes the contract suite in
// transporttest.
type Transport interface {
	// Run receives events until ctx ends, and returns nil then. It retries whatever may work later; an
	// error is a fault that only a person can fix, such as a revoked token.
	Run(ctx context.Context) error
	// Describe returns how events are received, as in "Connected by WebSocket".
	Describe() string
}

// Config chooses a transport.
type Config struct {
	Transport string `default:"websocket" enum:"websocket,webhook,polling" help:"How to receive events: websocket only needs outbound HTTPS to Webex; webhook needs an address that Webex can reach; polling: fallback; doesn't receive button presses."`
}

// Resources are the Webex resources whose events the bot receives.
func Resources() []string { return []string{"messages", "attachmentActions", "memberships"} }
