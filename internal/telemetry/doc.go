// Package telemetry is how an operator observes the bot: metrics for Prometheus and, if configured,
// traces over OTLP.
//
// The names of all metrics are here; what the labels say (stages, outcomes, transports) is named by
// the callers. It is imported by internal/app and by packages that count.
//
// Reading order: tracing.go, metrics.go, gauges.go.
package telemetry
