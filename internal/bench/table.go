package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// machine describes the machine.
func machine() string {
	model := "an unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s/%s, %s; the other sides on the same machine", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// Delays of Webex and devices.
const (
	webexTime  = 40 * time.Millisecond
	deviceTime = 300 * time.Millisecond
)

// loads returns the loads for every program.
func (o plan) loads() []load {
	some := o.some()
	return []load{
		{name: "one in flight", inFlight: 1},
		{name: fmt.Sprintf("%d in flight", some), inFlight: some},
		{name: "500 a second, whatever becomes of them", rate: 500},
		{name: fmt.Sprintf("%d in flight, Webex 40 ms, devices 300 ms", some), inFlight: some, webex: webexTime, device: deviceTime},
		{name: fmt.Sprintf("%d in flight, Webex 40 ms, devices 300 ms", o.many), inFlight: o.many, webex: webexTime, device: deviceTime},
	}
}

// some is the number of people of a busy bot.
func (o plan) some() int { return min(64, o.many) }

// measured holds the results of one load, the floor's first.
type measured struct {
	load    load
	results []result
}

// table measures every program under every load and compares them with the floor.
func (w *world) table(ctx context.Context, o plan, out io.Writer) error {
	var all []measured
	for _, l := range o.loads() {
		if !strings.Contains(l.name, o.load) {
			continue
		}
		l.lasting = o.lasting
		if l.device > 0 {
			l.lasting += 4*webexTime + 2*deviceTime
		}
		m := measured{load: l}
		// The floor is measured first and last, because the load of the machine may change.
		for _, k := range append([]kind{floor}, kinds...) {
			if o.kind != "" && k != floor && k.name != o.kind {
				m.results = append(m.results, result{})
				continue
			}
			r, err := w.profiled(ctx, o, k, l)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", l.name, k.name, err)
			}
			m.results = append(m.results, r)
		}
		last, err := w.measure(ctx, floor, l)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", l.name, floor.name, err)
		}
		m.results[0] = m.results[0].and(last)
		all = append(all, m)
		m.print(out)
		if err := w.clean(); err != nil {
			return err
		}
	}
	if o.load != "" || o.kind != "" {
		return nil
	}
	idle, err := w.rest(ctx, kinds[len(kinds)-1], o.lasting)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "at rest: %.0f MB, %.1f %% of a core; ready after %.0f ms\n\n", idle.idle, 100*idle.idleCPU, ms(idle.ready))
	o.targets(all, idle, out)
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (m measured) print(out io.Writer) {
	fmt.Fprintf(out, "%s\n", m.load.name)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tquestions/s\tof floor\tack p50\tp99\treply p50\tp99\tto floor\tWebex calls\tdevice calls\tCPU\tto floor\tpeak\t")
	base := m.results[0]
	for i, r := range m.results {
		if r.questions == 0 {
			continue
		}
		name := floor.name
		if i > 0 {
			name = kinds[i-1].name
		}
		fmt.Fprintf(t, "%s\t%.0f\t%.0f %%\t%.2f\t%.2f ms\t%.2f\t%.2f ms\t%.2f\t%.2f\t%.2f\t%.2f ms\t%.1f\t%.0f MB\t\n",
			name, r.perSecond, 100*r.perSecond/base.perSecond, ms(r.acks.at(.5)), ms(r.acks.at(.99)), ms(r.replies.at(.5)), ms(r.replies.at(.99)),
			float64(r.replies.at(.5))/float64(max(base.replies.at(.5), 1)), r.webexCalls, r.deviceCalls, ms(r.cpu), float64(r.cpu)/float64(max(base.cpu, 1)), r.peak)
	}
	_ = t.Flush()
	fmt.Fprintln(out)
}

// target is a performance target for the bot.
type target struct {
	name   string
	format string
	wanted func(k kind) float64
	got    func(i int) float64 // of the kind with this index
	least  bool                // the target is a minimum, not a maximum
}

func (g target) met(i int) bool {
	if g.least {
		return g.got(i) >= g.wanted(kinds[i])
	}
	return g.got(i) <= g.wanted(kinds[i])
}

func always(v float64) func(kind) float64 { return func(kind) float64 { return v } }

func bySync(without, with float64) func(kind) float64 {
	return func(k kind) float64 {
		if k.sync == "always" {
			return with
		}
		return without
	}
}

// targets prints which targets are met. Most are ratios, because machines differ.
func (o plan) targets(all []measured, idle result, out io.Writer) {
	of := func(load int, what func(r, floor result) float64) func(int) float64 {
		return func(i int) float64 { return what(all[load].results[i+1], all[load].results[0]) }
	}
	const one, busy, slow, many = 0, 1, 3, 4
	reply := func(r result) float64 { return ms(r.replies.at(.5)) }
	list := []target{
		{"Webex calls a question", "%.2f", always(2.02), of(busy, func(r, _ result) float64 { return r.webexCalls }), false},
		{"device calls a question", "%.2f", always(float64(len(vrfPaths)) + .02), of(busy, func(r, _ result) float64 { return r.deviceCalls }), false},
		{"one in flight: reply p50 to floor", "%.2f", bySync(1.5, 3), of(one, func(r, f result) float64 { return reply(r) / max(reply(f), .001) }), false},
		{"saturated: % of the floor's questions/s", "%.0f", bySync(60, 40), of(busy, func(r, f result) float64 { return 100 * r.perSecond / max(f.perSecond, 1) }), true},
		{all[slow].load.name + ": ack p99, ms", "%.1f", always(5), of(slow, func(r, _ result) float64 { return ms(r.acks.at(.99)) }), false},
		{"the same: reply p50 over what the others took, ms", "%.1f", always(2), of(slow, func(r, _ result) float64 { return reply(r) - ms(r.waited) }), false},
		{all[many].load.name + ": the same, %", "%.1f", always(5), of(many, func(r, _ result) float64 { return 100 * (reply(r)/max(ms(r.waited), .001) - 1) }), false},
		{"the same: memory, MB", "%.0f", always(80), of(many, func(r, _ result) float64 { return r.peak }), false},
		{"at rest: memory, MB", "%.1f", always(40), func(int) float64 { return idle.idle }, false},
		{"at rest: CPU, % of a core", "%.1f", always(1), func(int) float64 { return 100 * idle.idleCPU }, false},
		{"start to ready, ms", "%.0f", always(100), func(int) float64 { return ms(idle.ready) }, false},
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "targets\twanted\tfsync\t")
	for _, k := range kinds {
		fmt.Fprintf(t, "%s\t", k.name)
	}
	fmt.Fprintln(t)
	for _, g := range list {
		fmt.Fprintf(t, "%s\t%v\t%v\t", g.name, g.wanted(kinds[0]), g.wanted(kinds[1]))
		for i := range kinds {
			mark := "✓"
			if !g.met(i) {
				mark = "✗"
			}
			fmt.Fprintf(t, g.format+" %s\t", g.got(i), mark)
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
	fmt.Fprintln(out)
}
