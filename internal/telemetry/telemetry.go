// Package telemetry is what a person watches the bot by: metrics for Prometheus and, when configured,
// traces over OTLP.
//
// It is a leaf: it counts what it is told and knows none of those who tell. Stages, outcomes and
// transports are named by their owners. It is imported by internal/app, and by those who count.
package telemetry

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Config are the settings of watching.
type Config struct {
	OTLPEndpoint string `name:"otlp-endpoint" placeholder:"URL" validate:"omitempty,http_url" help:"Send traces to this OpenTelemetry collector over HTTP, as in http://localhost:4318. Without it there are none."`
}

// Tracing returns a provider of spans that are sent to the endpoint. Its Shutdown sends the last ones.
func Tracing(ctx context.Context, endpoint, version string) (*sdk.TracerProvider, error) {
	at, err := url.JoinPath(endpoint, "v1/traces") // OTLP specification, OTLP/HTTP Request
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(at))
	if err != nil {
		return nil, err
	}
	return sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "overwatch"), attribute.String("service.version", version),
	))), nil
}

// Metrics counts. A nil one counts nothing, so that whoever is told to count needn't ask.
type Metrics struct {
	registry *prometheus.Registry
	heard    *prometheus.CounterVec
	answers  *prometheus.CounterVec
	retries  *prometheus.CounterVec
	presses  *prometheus.CounterVec
	stages   *prometheus.HistogramVec
	devices  *prometheus.HistogramVec
}

// buckets go from what the bot itself needs to what a slow device does, in seconds.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		heard: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_notices_total", Help: "What was heard, and whether it was stored, a copy, or refused for want of room.",
		}, []string{"resource", "outcome"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_answers_total", Help: "How notices ended.",
		}, []string{"outcome"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_retries_total", Help: "Calls to Webex that were tried again.",
		}, []string{"stage"}),
		presses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_presses_refused_total", Help: "Presses that weren't what a card offers, and why.",
		}, []string{"reason"}),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "overwatch_stage_seconds", Help: "How long each stage of an answer took.", Buckets: buckets,
		}, []string{"stage"}),
		devices: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "overwatch_device_seconds", Help: "How long devices took until they answered.", Buckets: buckets,
		}, []string{"outcome"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "overwatch_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(m.heard, m.answers, m.retries, m.presses, m.stages, m.devices, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Heard counts a notice.
func (m *Metrics) Heard(resource, outcome string) {
	if m != nil {
		m.heard.WithLabelValues(resource, outcome).Inc()
	}
}

// Answered counts how a notice ended.
func (m *Metrics) Answered(outcome string) {
	if m != nil {
		m.answers.WithLabelValues(outcome).Inc()
	}
}

// Retried counts a call that is tried again.
func (m *Metrics) Retried(stage string) {
	if m != nil {
		m.retries.WithLabelValues(stage).Inc()
	}
}

// Unsealed counts a press that wasn't what a card offers; why is one of a few errors.
func (m *Metrics) Unsealed(why error) {
	if m != nil {
		m.presses.WithLabelValues(why.Error()).Inc()
	}
}

// Took notes how long a stage took.
func (m *Metrics) Took(stage string, d time.Duration) {
	if m != nil {
		m.stages.WithLabelValues(stage).Observe(d.Seconds())
	}
}

// Device notes how long a device took to answer.
func (m *Metrics) Device(outcome string, d time.Duration) {
	if m != nil {
		m.devices.WithLabelValues(outcome).Observe(d.Seconds())
	}
}

// Watch adds a value that is read whenever somebody looks. labels are pairs of names and values.
func (m *Metrics) Watch(name, help string, labels map[string]string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, read))
}
