// Package yang reads and writes YANG data as RESTCONF carries it: Rows reads JSON (RFC 7951) row by row,
// EscapeKey writes the key of a list entry into a path.
//
// It is a leaf without a network. What a module means is up to query templates; modules themselves are
// read by package schema. Any package may import it.
//
// Reading order: key.go, row.go, tolerant.go, rows.go.
package yang
