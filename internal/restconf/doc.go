// Package restconf is the client that reads devices over RESTCONF (RFC 8040). It sends GET and nothing
// else, streams what comes back, and turns every failure into a fault that names the device.
//
// It is a driver: it uses devices of the inventory and the protocol. Queries, rows and the chat are not
// its business. Only internal/app, internal/cases and internal/cli may import it.
//
// Reading order: config.go, status.go, ciphers.go, certificate.go, explain.go, transport.go, learned.go,
// client.go, request.go, fetch.go, root.go, body.go, probe.go.
package restconf
