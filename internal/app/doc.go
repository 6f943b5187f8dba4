// Package app wires everything: it makes every part from the settings, connects them, and starts and
// stops them. It has no rules of its own; those are in the packages of the parts.
//
// It is the only package that imports every driver. internal/cli and internal/playground import it.
//
// Reading order: version.go, cleanup.go, sources.go, state.go, engine.go, probe.go, inbox.go, transports.go, app.go.
package app
