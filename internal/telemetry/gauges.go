package telemetry

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// countWithin bounds the counting of events in the inbox while metrics are scraped.
const countWithin = time.Second

// WatchTransport adds whether the transport receives events.
func (m *Metrics) WatchTransport(name string, up func() bool) {
	m.watch("overwatch_receiving", "1 while the transport receives events.", prometheus.Labels{"transport": name}, func() float64 {
		if up() {
			return 1
		}
		return 0
	})
}

// WatchInbox adds whether the inbox accepts events, and how many are in it.
func (m *Metrics) WatchInbox(ready func(context.Context) error, count func(context.Context) (waiting, dead int, err error)) {
	m.watch("overwatch_inbox_ready", "1 while the inbox accepts events.", nil, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), countWithin)
		defer cancel()
		if ready(ctx) != nil {
			return 0
		}
		return 1
	})
	const name, help = "overwatch_inbox_events", "Events in the inbox: waiting or in work, and dead letters."
	read := func(pick func(waiting, dead int) int) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), countWithin)
			defer cancel()
			waiting, dead, err := count(ctx)
			if err != nil {
				return math.NaN()
			}
			return float64(pick(waiting, dead))
		}
	}
	m.watch(name, help, prometheus.Labels{"state": "waiting"}, read(func(waiting, _ int) int { return waiting }))
	m.watch(name, help, prometheus.Labels{"state": "dead"}, read(func(_, dead int) int { return dead }))
}

// WatchInventory adds how many devices there are, and how old those are of the source that hasn't
// answered for longest.
func (m *Metrics) WatchInventory(devices func() int, age func() time.Duration) {
	m.watch("overwatch_inventory_devices", "Devices in the inventory.", nil, func() float64 { return float64(devices()) })
	m.watch("overwatch_inventory_stale_seconds", "Age of the devices of the source that hasn't answered for longest; 0 while all answer.", nil, func() float64 { return age().Seconds() })
}

// watch adds a gauge that is read when metrics are scraped.
func (m *Metrics) watch(name, help string, labels prometheus.Labels, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, read))
}
