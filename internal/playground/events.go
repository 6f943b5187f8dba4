package playground

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// heartbeat keeps proxies and browsers from giving up a quiet stream.
const heartbeat = 15 * time.Second

// events streams everything that happens, as server-sent events (WHATWG HTML, section 9.2): webex for
// the simulated cloud, restconf for devices. A page that comes back gets what it missed by its
// Last-Event-ID, or the event restarted where that is of a playground that is gone.
//
// A page that reads too slowly delays nobody: the simulators keep what it hasn't read up to a bound,
// and when they dropped some, the stream ends and the page comes back for it.
func (s *scene) events(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	entries, stop := follow(ctx, s.webex.Watch)
	defer stop()
	exchanges, stop := follow(ctx, s.lab.Watch)
	defer stop()
	defer cancel() // before the watchers are stopped, which may wait to hand over

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := &stream{ResponseController: http.NewResponseController(w), w: w, run: s.run}
	if err := out.begin(r.Header.Get("Last-Event-ID")); err != nil {
		return // the page went away, here and below
	}
	if err := out.replay(s.webex.Recent(), s.lab.Recent()); err != nil {
		return
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		err := out.Flush()
		if err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, err = fmt.Fprint(w, ": still here\n\n")
		case e := <-entries:
			if e.Seq > out.webex+1 {
				return // some were dropped
			}
			err = out.entry(e)
		case e := <-exchanges:
			if e.Seq > out.devices+1 {
				return
			}
			err = out.exchange(e)
		}
		if err != nil {
			return
		}
	}
}

// follow hands over what a simulator tells its watchers, until ctx ends, which must be before stop.
func follow[T any](ctx context.Context, watch func(func(T)) func()) (_ <-chan T, stop func()) {
	told := make(chan T)
	return told, watch(func(e T) {
		select {
		case told <- e:
		case <-ctx.Done():
		}
	})
}

// stream is what one page is sent. It knows how far the page has come: sequence numbers of the last
// event of either kind, which stand with the run in every event's id.
type stream struct {
	*http.ResponseController
	w              http.ResponseWriter
	run            string
	webex, devices int64
}

// begin takes up where the page left off; last is the id of the last event that it got, or empty.
func (t *stream) begin(last string) error {
	run, seen, _ := strings.Cut(last, ".")
	if last != "" && run != t.run {
		_, err := fmt.Fprint(t.w, "event: restarted\ndata: {}\n\n")
		return err
	}
	webex, devices, _ := strings.Cut(seen, ".")
	t.webex, _ = strconv.ParseInt(webex, 10, 64) // 0 for what can't be read: all is sent again
	t.devices, _ = strconv.ParseInt(devices, 10, 64)
	_, err := fmt.Fprint(t.w, "retry: 1000\n\n") // milliseconds
	return err
}

// replay sends what happened before, oldest first, in the order of time.
func (t *stream) replay(entries []webexsim.Entry, exchanges []devicesim.Exchange) error {
	for len(entries) > 0 || len(exchanges) > 0 {
		var err error
		if len(exchanges) == 0 || len(entries) > 0 && entries[0].At.Before(exchanges[0].At) {
			err = t.entry(entries[0])
			entries = entries[1:]
		} else {
			err = t.exchange(exchanges[0])
			exchanges = exchanges[1:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *stream) entry(e webexsim.Entry) error {
	if e.Seq <= t.webex {
		return nil // it has this one
	}
	t.webex = e.Seq
	return t.send("webex", e)
}

func (t *stream) exchange(e devicesim.Exchange) error {
	if e.Seq <= t.devices {
		return nil
	}
	t.devices = e.Seq
	return t.send("restconf", e)
}

func (t *stream) send(kind string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.w, "id: %s.%d.%d\nevent: %s\ndata: %s\n\n", t.run, t.webex, t.devices, kind, data)
	return err
}
