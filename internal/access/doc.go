// Package access decides who may run which queries, in which spaces and on which devices, and how
// often.
//
// It reads rules and compares; it makes no request to Webex or to a device. The bot evaluates the
// rules before it offers or runs anything, and overwatch access explains a decision. internal/app,
// internal/bot, internal/cases and internal/cli import it.
//
// Reading order: subject.go, pattern.go, policy.go, file.go, limits.go.
package access
