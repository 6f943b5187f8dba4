// Package render turns results, errors, forms and lists into replies: a card and the same in
// Markdown, within Webex's limits.
//
// It is pure: it does no I/O and keeps no state. How a card looks is decided in cards/; this package
// computes the plain view models that those templates are filled with. It is core, used by internal/bot,
// and knows no transport.
//
// Reading order: text.go, page.go, error.go, answer.go, help.go, devices.go, form.go, line.go, result.go,
// survey.go, comparison.go.
package render
