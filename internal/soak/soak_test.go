package soak_test

import (
	"bufio"
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// lasting returns how long faults are injected: OVERWATCH_SOAK_TIME, or until each was once.
func lasting(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("OVERWATCH_SOAK_TIME")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// faults are injected around the bot, one after the other, all of them in turn.
var faults = []func(*world){
	func(w *world) { w.sim.CloseSockets(1006, "") },
	func(w *world) { w.sim.CloseSockets(1011, "unexpected error") },
	func(w *world) { w.sim.ShutdownSockets() },
	func(w *world) { w.sim.CloseSockets(1001, ""); w.sim.ForgetRegistrations() },
	func(w *world) { w.sim.DeliverTwice(3) },
	func(w *world) { w.sim.SendUnknownEvent() },
	func(w *world) {
		w.sim.Fail(webexsim.Fault{Who: w.bot.Email, Status: http.StatusTooManyRequests, RetryAfter: time.Second, Times: 3})
	},
	func(w *world) {
		w.sim.Fail(webexsim.Fault{Who: w.bot.Email, Status: http.StatusServiceUnavailable, Times: 3})
	},
	func(w *world) {
		w.sim.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodGet, Path: "/v1/messages/", Status: http.StatusNotFound, Times: 2})
	},
	func(w *world) { w.lab.Fail("r1", devicesim.Fault{Status: http.StatusServiceUnavailable, Times: 2}) },
	func(w *world) { w.lab.Fail("r1", devicesim.Fault{Reset: true}) },
	func(w *world) { w.lab.Fail("r1", devicesim.Fault{Cut: true}) },
}

// sample is the resource usage of the bot at one time.
type sample struct{ goroutines, files, memory float64 }

func (p *process) sample() sample {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	status, text := p.get(ctx, "/metrics")
	if status != http.StatusOK {
		p.Fatalf("/metrics: %d", status)
	}
	var s sample
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		into := map[string]*float64{"go_goroutines": &s.goroutines, "process_open_fds": &s.files, "process_resident_memory_bytes": &s.memory}[name]
		if into != nil {
			var err error
			if *into, err = strconv.ParseFloat(value, 64); err != nil {
				p.Fatal(err)
			}
		}
	}
	return s
}

// sorted returns a value of each sample, in order.
func sorted(samples []sample, of func(sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values
}

// Under faults of every kind the bot answers everything, and its resource usage doesn't grow.
func TestSoak(t *testing.T) {
	t.Parallel()
	const perFault, perSample = 20, 4 // questions
	w := newWorld(t, 20)
	p := w.start(freePort(t), "data")
	p.ready()
	questions := map[string]string{}
	var samples []sample
	every := max(perSample, int(lasting(t)/(10*time.Second))) // some hundred samples, however long it lasts
	end := time.Now().Add(lasting(t))
	for first := true; first || time.Now().Before(end); first = false {
		for _, fault := range rand.Perm(len(faults)) {
			faults[fault](w)
			for range perFault {
				i := len(questions)
				root, action := w.ask(i)
				questions[root] = action
				pace(50 * time.Millisecond)
				if i%every == 0 {
					samples = append(samples, p.sample())
				}
			}
		}
	}
	c := w.settle(questions)
	third := len(samples) / 3
	warm, last := samples[third:2*third], samples[2*third:]
	for name, of := range map[string]func(sample) float64{
		"goroutines": func(s sample) float64 { return s.goroutines }, "open files": func(s sample) float64 { return s.files },
		"MB of memory": func(s sample) float64 { return s.memory / (1 << 20) },
	} {
		// Connections come and go with the faults. What leaks is in the end, at most times, above what was the
		// most when warm.
		all := sorted(last, of)
		before, after := slices.Max(sorted(warm, of)), all[len(all)/2]
		t.Logf("%s: at most %.0f when warm, %.0f in the end", name, before, after)
		if after > 1.25*before+20 {
			t.Errorf("%s grow: at most %.0f when warm, %.0f in the end", name, before, after)
		}
	}
	t.Logf("%d questions: %d unanswered, %d answered more than once, %d presses never acknowledged", c.asked, c.unanswered, c.doubled, c.unheard)
	p.stop()
	if c.unanswered > 0 || c.doubled > 0 {
		t.Errorf("%+v\n%s", c, p.tail())
	}
}
