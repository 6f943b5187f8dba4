// Package webexsim simulates Webex without the Internet: the messaging API below /v1, signed webhooks,
// and the WebSocket protocol of Webex's own clients with the services that lead to it.
//
// It behaves as developer.webex.com documents or, where the documents are silent, as Webex's own
// clients expect; other people's Webex clients run against it unmodified. It shares no code with
// internal/webex, so that each tests the other. Faults are injected with Sim.Fail and the methods of
// events and sockets, such as DeliverTwice and CloseSockets.
//
// Only internal/playground, internal/cli and tests may import it. It is never part of a bot in
// production.
//
// Reading order: ids.go, entry.go, person.go, room.go, message.go, webhook.go, registration.go,
// sim.go, faults.go, request.go, card.go, markdown.go, draft.go, activities.go, socket.go, deliver.go,
// catalog.go, registrations.go, people.go, rooms.go, memberships.go, messages.go, posting.go,
// actions.go, webhooks.go, sockets.go, server.go.
package webexsim
