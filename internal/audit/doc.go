// Package audit keeps one record for each query: append-only lines of JSON in a chain of hashes, so that
// a record that was changed or removed is found.
//
// It writes the records it is given and reads them back. It decides nothing and makes no request to
// Webex. internal/worker hands it the records, internal/app opens it, and internal/cli reads it.
//
// The bytes of a line are what is verified: a record is a line that ends with the hash of all before the
// hash, and has the hash of the line before. A line that is damaged breaks the chain; the log leaves it
// where it is, goes on in a new file, and its first record there names the break.
//
// Reading order: record.go, lines.go, read.go, log.go, history.go, copies.go.
package audit
