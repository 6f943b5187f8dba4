// Package redact masks secrets in device output before it reaches a chat, a file or a log.
//
// It finds secrets by the commands in which IOS-XE writes them (commands.go), by the place of leaves in
// YANG models (leaf.go), by the forms of other software and of prose (assign.go, prose.go, wire.go), and
// by the patterns of a site. It decides nothing else and imports only fault. When in doubt it masks:
// a word too many is a nuisance, one too few is a leak.
//
// Reading order: names.go, leaf.go, text.go, grammar.go, commands.go, assign.go, prose.go, wire.go,
// redact.go, json.go, config.go.
package redact
