package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"overwatch/internal/fault"
)

// Metrics are the bot's metrics. Methods of a nil Metrics do nothing. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	events   *prometheus.CounterVec
	handled  *prometheus.CounterVec
	retries  *prometheus.CounterVec
	presses  *prometheus.CounterVec
	simpler  *prometheus.CounterVec
	stages   *prometheus.HistogramVec
	devices  *prometheus.HistogramVec
}

// buckets reach from the bot's own work to a slow device, in seconds.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_events_total", Help: "Events received: stored, copies of earlier ones, or refused because the inbox is full or can't write.",
		}, []string{"resource", "outcome"}),
		handled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_answers_total", Help: "Events handled, by outcome.",
		}, []string{"outcome"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_retries_total", Help: "Calls that failed and were tried again, by stage.",
		}, []string{"stage"}),
		presses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_presses_refused_total", Help: "Button presses that were refused, by reason.",
		}, []string{"reason"}),
		simpler: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "overwatch_replies_simplified_total", Help: "Replies that Webex refused, by what was sent instead: the text without its card, a sentence instead of a file, a sentence in the direct space.",
		}, []string{"form"}),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "overwatch_stage_seconds", Help: "Time that each stage of an event took.", Buckets: buckets,
		}, []string{"stage"}),
		devices: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "overwatch_device_seconds", Help: "Time until a device began to respond.", Buckets: buckets,
		}, []string{"outcome"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "overwatch_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(m.events, m.handled, m.retries, m.presses, m.simpler, m.stages, m.devices, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Received counts an event that a transport received.
func (m *Metrics) Received(resource, outcome string) {
	if m != nil {
		m.events.WithLabelValues(resource, outcome).Inc()
	}
}

// Handled counts an event that the worker has finished.
func (m *Metrics) Handled(outcome string) {
	if m != nil {
		m.handled.WithLabelValues(outcome).Inc()
	}
}

// Retried counts a call that failed and will be tried again.
func (m *Metrics) Retried(stage string) {
	if m != nil {
		m.retries.WithLabelValues(stage).Inc()
	}
}

// Unsealed counts a refused button press. why is one of a few errors, whose text is the label.
func (m *Metrics) Unsealed(why error) {
	if m != nil {
		m.presses.WithLabelValues(why.Error()).Inc()
	}
}

// Simplified counts a reply that Webex refused and that was sent in a simpler form: text, sentence or
// direct.
func (m *Metrics) Simplified(form string) {
	if m != nil {
		m.simpler.WithLabelValues(form).Inc()
	}
}

// Stage records how long a stage of an event took.
func (m *Metrics) Stage(stage string, took time.Duration) {
	if m != nil {
		m.stages.WithLabelValues(stage).Observe(took.Seconds())
	}
}

// Device records how long a device took until it began to respond. With an error, the outcome is its
// kind.
func (m *Metrics) Device(err error, took time.Duration) {
	if m == nil {
		return
	}
	outcome := "answered"
	if err != nil {
		outcome = string(fault.Of(err))
	}
	m.devices.WithLabelValues(outcome).Observe(took.Seconds())
}
