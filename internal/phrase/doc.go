// Package phrase reads what people type: commands as on a device, words of queries, and plain questions.
//
// A Grammar never changes. It is made of the queries and devices that one person may use, so that nothing
// in it can tell about others. Read returns a Reading: the query, its devices, inputs, filter and question,
// or which words have no place and what may have been meant. Nothing is guessed: a text is only run if
// every word of it has a place. The package knows no chat and draws nothing, reads no device and writes
// nothing. It is core; internal/bot imports it.
//
// Reading order: words.go, text.go, argument.go, unserved.go, tree.go, walk.go, reading.go, condition.go, grammar.go,
// place.go, device.go, read.go, next.go, lines.go.
package phrase
