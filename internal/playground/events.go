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

// heartbeat is the interval of comments that keep an idle stream open.
const heartbeat = 15 * time.Second

// events streams what happens in the lab as server-sent events (WHATWG HTML, section 9.2): "webex" for
// the simulated Webex, "restconf" for the devices. A page that reconnects sends Last-Event-ID and gets
// what it missed. If that id is from an earlier run, the page first gets the event "restarted".
//
// A slow page doesn't slow down the lab: the simulators buffer a bounded number of entries for it. If
// some were dropped, the stream ends and the page reconnects.
func (l *lab) events(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	entries, stop := follow(ctx, l.webex.Watch)
	defer stop()
	exchanges, stop := follow(ctx, l.devices.Watch)
	defer stop()
	defer cancel() // before stop, which waits for a pending entry

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := &stream{ResponseController: http.NewResponseController(w), w: w, run: l.run}
	if err := out.begin(r.Header.Get("Last-Event-ID")); err != nil {
		return // the page disconnected, here and below
	}
	if err := out.replay(l.webex.Recent(), l.devices.Recent()); err != nil {
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
			_, err = fmt.Fprint(w, ": heartbeat\n\n")
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

// follow returns a channel with the entries of a simulator. ctx must end before stop is called.
func follow[T any](ctx context.Context, watch func(func(T)) func()) (_ <-chan T, stop func()) {
	entries := make(chan T)
	return entries, watch(func(e T) {
		select {
		case entries <- e:
		case <-ctx.Done():
		}
	})
}

// stream writes events to one page. An event's id holds the run and the sequence numbers of the last
// entry of either simulator that the page has.
type stream struct {
	*http.ResponseController
	w              http.ResponseWriter
	run            string
	webex, devices int64
}

// begin continues after last, the Last-Event-ID of the page; empty for a new page.
func (t *stream) begin(last string) error {
	run, seen, _ := strings.Cut(last, ".")
	if last != "" && run != t.run {
		_, err := fmt.Fprint(t.w, "event: restarted\ndata: {}\n\n")
		return err
	}
	webex, devices, _ := strings.Cut(seen, ".")
	t.webex, _ = strconv.ParseInt(webex, 10, 64) // 0 if invalid: everything is sent again
	t.devices, _ = strconv.ParseInt(devices, 10, 64)
	_, err := fmt.Fprint(t.w, "retry: 1000\n\n") // milliseconds
	return err
}

// replay sends earlier entries, oldest first.
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
		return nil // the page has it
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
