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

// machine says where this was measured.
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

// Times of the other sides where they take any.
const (
	webexTime  = 40 * time.Millisecond
	deviceTime = 300 * time.Millisecond
	hops       = 2*webexTime + deviceTime // of a question whose requests to the device go together
)

// loads are what every program is put under.
func (o plan) loads() []load {
	some := min(64, o.many)
	return []load{
		{name: "one in flight", inFlight: 1},
		{name: fmt.Sprintf("%d in flight", some), inFlight: some},
		{name: "500 a second, whatever becomes of them", rate: 500},
		{name: fmt.Sprintf("%d in flight, Webex 40 ms, devices 300 ms", some), inFlight: some, webex: webexTime, device: deviceTime},
		{name: fmt.Sprintf("%d in flight, Webex 40 ms, devices 300 ms", o.many), inFlight: o.many, webex: webexTime, device: deviceTime},
	}
}

// measured are the results of one load, the floor's first.
type measured struct {
	load    load
	results []result
}

// table measures every program under every load and says how they compare with the floor.
func (w *world) table(ctx context.Context, o plan, out io.Writer) error {
	var all []measured
	for _, l := range o.loads() {
		if !strings.Contains(l.name, o.load) {
			continue
		}
		l.lasting = o.lasting
		if l.device > 0 {
			l.lasting += 2 * hops
		}
		m := measured{load: l}
		for _, k := range append([]kind{floor}, kinds...) {
			r, err := w.profiled(ctx, o, k, l)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", l.name, k.name, err)
			}
			m.results = append(m.results, r)
		}
		all = append(all, m)
		m.print(out)
		if err := w.clean(); err != nil {
			return err
		}
	}
	if o.load != "" {
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

// targets says which of what is wanted is met. They are ratios where machines differ.
func (o plan) targets(all []measured, idle result, out io.Writer) {
	one, busy, slow, many := all[0].results, all[1].results, all[3].results, all[4].results
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "target\twanted\tmeasured\t")
	say := func(name, wanted, format string, met bool, value any) {
		verdict := "met"
		if !met {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s\t"+format+"\t%s\n", name, wanted, value, verdict)
	}
	for i, k := range kinds {
		r := func(of []result) result { return of[i+1] }
		most, least := 1.5, .6
		if k.sync == "always" {
			most, least = 3, .4
		}
		calls := max(r(one).webexCalls, r(busy).webexCalls)
		say(k.name+": Webex calls", "2", "%.2f", calls < 2.02, calls)
		asked := max(r(one).deviceCalls, r(busy).deviceCalls)
		say(k.name+": device calls", "2", "%.2f", asked < 2.02, asked)
		ratio := float64(r(one).replies.at(.5)) / float64(max(one[0].replies.at(.5), 1))
		say(k.name+": reply p50, one in flight", fmt.Sprintf("%.1f x floor", most), "%.2f", ratio <= most, ratio)
		share := r(busy).perSecond / busy[0].perSecond
		say(k.name+": questions/s, saturated", fmt.Sprintf("%.0f %% of floor", 100*least), "%.0f %%", share >= least, 100*share)
		say(k.name+": ack p99 at "+all[3].load.name, "5 ms", "%.2f ms", r(slow).acks.at(.99) < 5*time.Millisecond, ms(r(slow).acks.at(.99)))
		over := r(slow).replies.at(.5) - hops
		say(k.name+": reply p50 over the latencies, "+all[3].load.name, "2 ms", "%.2f ms", over <= 2*time.Millisecond, ms(over))
		part := float64(r(many).replies.at(.5))/float64(hops) - 1
		say(k.name+": the same, "+all[4].load.name, "5 %", "%.1f %%", part <= .05, 100*part)
		say(k.name+": memory, "+all[4].load.name, "80 MB", "%.0f MB", r(many).peak <= 80, r(many).peak)
	}
	say("at rest: memory", "40 MB", "%.0f MB", idle.idle <= 40, idle.idle)
	say("at rest: CPU", "1 % of a core", "%.1f %%", idle.idleCPU < .01, 100*idle.idleCPU)
	say("start to ready", "100 ms", "%.0f ms", idle.ready < 100*time.Millisecond, ms(idle.ready))
	_ = t.Flush()
	fmt.Fprintln(out)
}
