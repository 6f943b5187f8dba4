// Package query compiles query templates, runs them on devices and turns what comes back into rows of
// cells.
//
// A template is a YAML file (templates/README.md explains it); every mistake in one is found when it is
// loaded. The package knows no chat, no cards and no HTTP: it reads devices through Fetcher. It is core;
// archive, render, bot and the commands import it.
//
// Reading order: value.go, record.go, transform.go, jq.go, document.go, fact.go, resource.go, names.go,
// pick.go, template.go, compile.go, catalog.go, suggest.go, needle.go, condition.go, filter.go, question.go,
// run.go, ending.go, fetch.go, join.go, stream.go, result.go, survey.go, diff.go, file.go, csv.go, json.go, text.go,
// xlsx.go, format.go, export.go.
package query
