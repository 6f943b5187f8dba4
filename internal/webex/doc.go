// Package webex is the client of Webex: its messaging API (people, spaces, memberships, messages,
// card submissions, webhooks) and the WebSocket that Webex's own apps use.
//
// On top of the client stand Messenger, which fetches the content of events and sends replies, and
// Directory, which looks up people and spaces. The package classifies failures and never retries:
// internal/retry has the policy, and callers apply it. It imports only leaf packages; transports and
// internal/app import it. Facts about the protocol come from the guides and the API reference at
// developer.webex.com; facts about the socket from Webex's JavaScript SDK.
//
// Reading order: errors.go, steps.go, client.go, pages.go, id.go, people.go, rooms.go, memberships.go,
// actions.go, messages.go, webhooks.go, signature.go, delivery.go, services.go, registrations.go,
// frame.go, socket.go, text.go, clip.go, directory.go, messenger.go.
package webex
