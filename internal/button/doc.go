// Package button is what a pressed button of a card carries, and the proof that it is genuine.
//
// Anybody in a space can post anything to a card, so a button's data is sealed when its card is drawn
// and opened when it is pressed. The package knows neither Webex nor queries: what a press means is
// the business of internal/bot, and whether a person may do it is decided by internal/access. It is
// imported by the core (internal/bot, internal/render, internal/query) and by internal/app, which
// hands in the keys.
//
// Reading order: config.go, press.go, seal.go, keys.go.
package button
