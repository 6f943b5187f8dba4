// Package templates holds the queries that come with Overwatch: one YAML file is one button and one
// typed word, and its cases stand beside it.
//
// It has no code beyond the embedding, so that a query is added without Go; what the files mean is
// the business of internal/query. Everything may import it.
package templates

import "embed"

// Files are the query templates and their cases.
//
//go:embed *.yaml *.txtar
var Files embed.FS
