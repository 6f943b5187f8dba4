package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

// curve measures how cost grows with work.
type curve struct {
	title   string
	columns []string // the size and the measurements
	sizes   []int
	measure func(ctx context.Context, size int) (cells []string, err error)
}

// allCurves returns the curves of a plan.
func (w *world) allCurves(o plan) []curve {
	return []curve{
		{
			"devices in the inventory; reply p50 with one in flight",
			[]string{"devices", "ready", "form", "lookup", "did you mean", "memory"},
			o.sizes.inventories, func(ctx context.Context, size int) ([]string, error) { return w.knowing(ctx, o, size) },
		},
		{
			"rows of an answer, as a file and as a card; memory before and its peak",
			[]string{"rows", "answer", "file", "a second", "before", "peak", "card", "before", "peak"},
			o.sizes.rows, w.long,
		},
		{
			fmt.Sprintf("devices asked together, each answering after %v; as a factor of that", fanDelay),
			[]string{"devices", "at first", "factor", "again", "factor"},
			o.sizes.fans, w.together,
		},
		{
			"events in the inbox when the bot starts; from ready to the last answer",
			[]string{"events", "ready", "answered", "in", "questions/s", "CPU a question", "peak"},
			o.sizes.backlogs, w.drain,
		},
		{
			fmt.Sprintf("people who ask one device at the same time, which answers after %v; until all have their reply, as a factor of that", deviceTime),
			[]string{"people", "the same question", "factor", "device requests", "different ones", "factor", "device requests"},
			o.sizes.crowds, w.hot,
		},
		{
			fmt.Sprintf("people who ask at the same time, Webex %v, devices %v, fsync; reply p50 over that", webexTime, deviceTime),
			[]string{"people", "questions/s", "reply p50", "over", "ack p99", "CPU a question", "peak"},
			o.sizes.people, func(ctx context.Context, size int) ([]string, error) { return w.crowded(ctx, o, size) },
		},
		{
			fmt.Sprintf("replicas with one NATS server that isn't clustered, %d in flight; replicas share the machine", o.some()),
			[]string{"replicas", "questions/s", "reply p50", "p99", "CPU a question", "of NATS"},
			o.sizes.replicas, func(ctx context.Context, size int) ([]string, error) { return w.replicated(ctx, o, size) },
		},
	}
}

// curves measures every curve.
func (w *world) curves(ctx context.Context, o plan, out io.Writer) error {
	for _, c := range w.allCurves(o) {
		if !strings.Contains(c.title, o.load) {
			continue
		}
		if err := w.draw(ctx, c, out); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
	}
	return nil
}

// draw measures and prints a curve, up to the first error.
func (w *world) draw(ctx context.Context, c curve, out io.Writer) error {
	fmt.Fprintln(out, c.title)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, strings.Join(c.columns, "\t")+"\t")
	var failed error
	for _, size := range c.sizes {
		cells, err := c.measure(ctx, size)
		w.network.pause.set(0)
		w.network.rows.Store(0)
		if failed = errors.Join(err, w.clean()); failed != nil {
			failed = fmt.Errorf("%s: %w", grouped(size), failed)
			break
		}
		fmt.Fprintln(t, grouped(size)+"\t"+strings.Join(cells, "\t")+"\t")
	}
	_ = t.Flush()
	fmt.Fprintln(out)
	return failed
}

// typed sends a text and waits for the reply. It returns an error if the reply doesn't contain want near
// its beginning, so that no error message is measured.
func (w *world) typed(ctx context.Context, b *bots, text, want string) (*question, error) {
	q, err := w.cloud.ask(0, text, "", "")
	if err == nil {
		err = w.put(ctx, b, q, time.Time{})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	if !strings.Contains(q.said.Markdown, want) {
		return nil, fmt.Errorf("%s was answered with %q, and not with %q", text, q.said.Markdown, want)
	}
	return q, nil
}

const (
	mostTyped = 200 // replies for a median
	knownWell = 10  // devices, spread over the inventory, that are queried repeatedly over open connections
)

// median sends texts one after the other for some time and returns the median response time.
func (w *world) median(ctx context.Context, b *bots, lasting time.Duration, ask func(i int) (text, want string)) (time.Duration, error) {
	var took latencies
	for i, began := 0, time.Now(); len(took) == 0 || len(took) < mostTyped && time.Since(began) < lasting; i++ {
		text, want := ask(i)
		q, err := w.typed(ctx, b, text, want)
		if err != nil {
			return 0, err
		}
		if i >= knownWell {
			took = append(took, q.took)
		}
	}
	slices.Sort(took)
	return took.at(.5), nil
}

// knowing measures a bot with a number of devices in its inventory.
func (w *world) knowing(ctx context.Context, o plan, devices int) (cells []string, err error) {
	dir := filepath.Join(w.dir, "inventory"+strconv.Itoa(devices))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := w.network.inventory(dir, devices); err != nil {
		return nil, err
	}
	b, err := w.start(ctx, bySocket, 1, "OVERWATCH_INVENTORY="+filepath.Join(dir, "devices.yaml"))
	if err != nil {
		return nil, err
	}
	defer b.stop()
	cells = []string{inMS(b.processes[0].ready)}
	some := func(i int) string { return name(i % knownWell * (devices / knownWell)) }
	for _, ask := range []func(i int) (text, want string){
		func(int) (string, string) { return "hello", "Type a query and a device" },
		func(i int) (string, string) { return "vrf " + some(i), "**" + some(i) + "**" },
		func(i int) (string, string) {
			return "vrf " + strings.Replace(some(i), "device", "devcie", 1), "Did you mean"
		},
	} {
		p50, err := w.median(ctx, b, o.lasting, ask)
		if err != nil {
			return nil, err
		}
		cells = append(cells, inMS(p50))
	}
	memory, _, err := b.processes[0].memory()
	return append(cells, inMB(memory)), err
}

// long measures a result with a number of rows, as a file and as the first page of a card.
func (w *world) long(ctx context.Context, rows int) ([]string, error) {
	var size byteCount
	w.network.rows.Store(int64(rows))
	if err := w.network.arp(&size); err != nil {
		return nil, err
	}
	mb := float64(size) / (1 << 20)
	file, err := w.answering(ctx, rows, "arp "+name(0)+" csv", "All rows")
	if err != nil {
		return nil, err
	}
	if file.lines != rows+1 {
		return nil, fmt.Errorf("the file has %d lines, and not %d rows below their titles", file.lines, rows)
	}
	card, err := w.answering(ctx, rows, "arp "+name(0), grouped(rows)+" rows")
	if err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprintf("%.3g MB", mb), inMS(file.took), fmt.Sprintf("%.1f MB", mb/file.took.Seconds()), inMB(file.before), inMB(file.peak),
		inMS(card.took), inMB(card.before), inMB(card.peak),
	}, nil
}

// byteCount counts the bytes that are written to it.
type byteCount int

// Write implements io.Writer.
func (b *byteCount) Write(p []byte) (int, error) {
	*b += byteCount(len(p))
	return len(p), nil
}

// longAnswer holds the cost of one result.
type longAnswer struct {
	took         time.Duration
	lines        int
	before, peak float64 // memory
}

// answering measures a new bot with a query for a number of rows, after a few small ones that open the
// connections.
func (w *world) answering(ctx context.Context, rows int, text, want string) (a longAnswer, err error) {
	b, err := w.start(ctx, bySocket, 1)
	if err != nil {
		return a, err
	}
	defer b.stop()
	for i := range rounds + 1 {
		if i < rounds {
			w.network.rows.Store(10)
			_, err = w.typed(ctx, b, text, "")
		} else {
			w.network.rows.Store(int64(rows))
			if a.before, _, err = b.processes[0].memory(); err == nil {
				err = b.processes[0].resetPeak()
			}
		}
		if err != nil {
			return a, err
		}
	}
	q, err := w.typed(ctx, b, text, want)
	if err != nil {
		return a, err
	}
	a.took, a.lines = q.took, q.said.lines
	_, a.peak, err = b.processes[0].memory()
	return a, err
}

// crowded measures a bot with a number of people, each with one query in flight.
func (w *world) crowded(ctx context.Context, o plan, people int) ([]string, error) {
	k := byWebhook
	k.sync = "always"
	r, err := w.measure(ctx, k, load{inFlight: people, webex: webexTime, device: deviceTime, lasting: o.lasting + 2*webexTime + deviceTime})
	if err != nil {
		return nil, err
	}
	p50 := r.replies.at(.5)
	return []string{
		fmt.Sprintf("%.0f", r.perSecond), inMS(p50), fmt.Sprintf("%.1f %%", 100*(float64(p50)/float64(max(r.waited, 1))-1)), inMS(r.acks.at(.99)),
		fmt.Sprintf("%.2f ms", ms(r.cpu)), inMB(r.peak),
	}, nil
}

// fanDelay is the response time of each device of a multi-device query.
const fanDelay = 100 * time.Millisecond

// together measures a query on a number of devices, first without open connections, then with them.
func (w *world) together(ctx context.Context, devices int) (cells []string, err error) {
	b, err := w.start(ctx, bySocket, 1)
	if err != nil {
		return nil, err
	}
	defer b.stop()
	want := grouped(devices) + " of " + grouped(devices) + " devices answered"
	if devices == 1 {
		want = "**" + name(0) + "**" // a single device has another card
	}
	if _, err := w.typed(ctx, b, "hello", ""); err != nil { // open the connection to Webex
		return nil, err
	}
	w.network.pause.set(fanDelay)
	for range 2 {
		q, err := w.typed(ctx, b, "vrf group:"+fanName(devices), want)
		if err != nil {
			return nil, err
		}
		cells = append(cells, inMS(q.took), fmt.Sprintf("%.2f", float64(q.took)/float64(fanDelay)))
	}
	return cells, nil
}

// hot measures one device that a number of people ask at the same time: the same question, then each a
// question of their own.
func (w *world) hot(ctx context.Context, people int) (cells []string, err error) {
	b, err := w.start(ctx, bySocket, 1)
	if err != nil {
		return nil, err
	}
	defer b.stop()
	if _, err := w.typed(ctx, b, "vrf "+name(0), "VRFs"); err != nil { // open the connections
		return nil, err
	}
	for _, text := range []func(person int) string{
		func(int) string { return "vrf " + name(0) },
		func(person int) string { return fmt.Sprintf("port GigabitEthernet%d %s", person+1, name(0)) },
	} {
		w.network.pause.set(deviceTime)
		began, calls := time.Now(), w.network.calls.Load()
		crowd, ctx := errgroup.WithContext(ctx)
		for person := range people {
			crowd.Go(func() error {
				q, err := w.cloud.ask(person, text(person), "", "")
				if err == nil {
					err = w.put(ctx, b, q, time.Time{})
				}
				return err
			})
		}
		if err := crowd.Wait(); err != nil {
			return nil, err
		}
		took := time.Since(began)
		w.network.pause.set(0)
		cells = append(cells, inMS(took), fmt.Sprintf("%.2f", float64(took)/float64(deviceTime)), grouped(int(w.network.calls.Load()-calls)))
	}
	return cells, nil
}
