package webhook_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/telemetry/logtest"
	"overwatch/internal/transport"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/webex"
)

// relayServer plays a relay: smee.io's stream is at the channel itself, gosmee's below /events, and
// what either sends is what its server sends. Each stream is one list of events, then silence.
type relayServer struct {
	streams chan []string
	gosmee  bool
}

func (s *relayServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := "/channel"
	if s.gosmee {
		at = "/events/channel"
	}
	if r.URL.Path != at || r.Header.Get("Accept") != "text/event-stream" {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>a page</html>")
		return
	}
	var events []string
	select {
	case events = <-s.streams:
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, e := range events {
		fmt.Fprint(w, e)
	}
	if err := http.NewResponseController(w).Flush(); err != nil || len(s.streams) > 0 {
		return // the stream breaks off, and the next one follows
	}
	<-r.Context().Done()
}

// chosen hands over what is stored.
type chosen chan chat.Event

func (c chosen) Put(_ context.Context, n chat.Event) (bool, error) { c <- n; return true, nil }
func (c chosen) Known(context.Context, chat.Event) (bool, error)   { return false, nil }

// storing calls a function for what is stored.
type storing func(chat.Event)

func (s storing) Put(_ context.Context, e chat.Event) (bool, error) { s(e); return true, nil }
func (s storing) Known(context.Context, chat.Event) (bool, error)   { return false, nil }

func smee(body, signature string) string {
	return fmt.Sprintf("id: 7\ndata: {\"host\":\"smee.example\",\"x-spark-signature\":%q,\"body\":%s,\"query\":{},\"timestamp\":1763884800000}\n\n", signature, body)
}

func gosmee(body, signature string) string {
	return fmt.Sprintf("data: {\"x-spark-signature\":%q,\"timestamp\":\"1763884800000\",\"bodyB\":%q}\n\n", signature, base64.StdEncoding.EncodeToString([]byte(body)))
}

func sign(body string) string { return webex.Sign(key, []byte(body)) }

const (
	ready  = "id: 0\nevent: ready\ndata: {}\n\n"
	ping   = "id: 1\nevent: ping\ndata: {}\n\n"
	spaced = `{"id": "HOOK", "resource":"messages","event":"created","actorId":"ALICE","data":{"id":"SPACED","personDisplayName":"caf\u00e9"}}`
	anew   = `{"id":"HOOK","resource":"messages","event":"created","actorId":"ALICE","data":{"id":"SPACED","personDisplayName":"café"}}`
)

func TestRelays(t *testing.T) {
	last := strings.Replace(delivery, `"M"`, `"LAST"`, 1) // tells that what came before was dealt with
	for name, c := range map[string]struct {
		gosmee   bool
		unsigned bool
		streams  [][]string
		want     []string
	}{
		"smee.io":                           {streams: [][]string{{ready, ping, smee(delivery, sign(delivery)), smee(last, sign(last))}}, want: []string{"M", "LAST"}},
		"gosmee":                            {gosmee: true, streams: [][]string{{"data: {\"message\":\"connected\"}\n\n", "data: {\"message\":\"ready\"}\n\n", gosmee(delivery, sign(delivery)), gosmee(last, sign(last))}}, want: []string{"M", "LAST"}},
		"gosmee keeps the bytes":            {gosmee: true, streams: [][]string{{gosmee(spaced, sign(spaced)), gosmee(last, sign(last))}}, want: []string{"SPACED", "LAST"}},
		"smee.io breaks a signature":        {streams: [][]string{{smee(anew, sign(spaced)), smee(last, sign(last))}}, want: []string{"LAST"}},
		"which may be taken all the same":   {unsigned: true, streams: [][]string{{smee(anew, sign(spaced)), smee(last, sign(last))}}, want: []string{"SPACED", "LAST"}},
		"anybody can post to a channel":     {streams: [][]string{{smee(delivery, "00"), smee(delivery, ""), "data: no JSON\n\n", "data: []\n\n", smee(`"text"`, sign(`"text"`)), smee(last, sign(last))}}, want: []string{"LAST"}},
		"a stream that breaks off comes on": {streams: [][]string{{ready, smee(delivery, sign(delivery))}, {ready, smee(last, sign(last))}}, want: []string{"M", "LAST"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, client := cloud(t)
			relay := &relayServer{streams: make(chan []string, len(c.streams)), gosmee: c.gosmee}
			for _, events := range c.streams {
				relay.streams <- events
			}
			srv := httptest.NewServer(relay)
			defer srv.Close()
			got := make(chosen, 10)
			e := receiver(t, got, client)
			hooks, err := webhook.New(t.Context(), e, webhook.Config{Smee: srv.URL + "/channel", SmeeUnsigned: c.unsigned}, key, &net.TCPAddr{Port: 3000})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- hooks.Run(ctx) }()
			for _, want := range c.want {
				select {
				case n := <-got:
					if n.ID != want {
						t.Errorf("received %s, want %s", n.ID, want)
					}
				case <-time.After(time.Minute):
					t.Fatalf("%s never came", want)
				}
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			for h, err := range client.Webhooks(t.Context()) {
				if err != nil || h.TargetURL != srv.URL+"/channel" {
					t.Errorf("a webhook delivers to %s, %v", h.TargetURL, err)
				}
			}
		})
	}
}

// relayed is a transport behind a relay.
type relayed struct {
	*transport.Receiver
	channel string
}

// relayWorld runs a transport behind a relay, and returns it with the events that it stores and a
// function that stops it.
func relayWorld(t *testing.T, relay http.HandlerFunc) (relayed, chosen, func()) {
	t.Helper()
	_, client := cloud(t)
	got := make(chosen, 10)
	r := newRelayed(t, receiver(t, got, client), relay)
	return r, got, r.restart(t)
}

func newRelayed(t *testing.T, r *transport.Receiver, relay http.HandlerFunc) relayed {
	t.Helper()
	srv := httptest.NewServer(relay)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return relayed{r, srv.URL + "/channel"}
}

// restart runs a new transport with the same notes.
func (r relayed) restart(t *testing.T) (stop func()) {
	t.Helper()
	hooks, err := webhook.New(t.Context(), r.Receiver, webhook.Config{Smee: r.channel}, key, &net.TCPAddr{Port: 3000})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hooks.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func await(t *testing.T, got chosen, id string) {
	t.Helper()
	select {
	case n := <-got:
		if n.ID != id {
			t.Errorf("received %s, want %s", n.ID, id)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s never came", id)
	}
}

func send(w http.ResponseWriter, events ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, e := range events {
		_, _ = io.WriteString(w, e)
	}
	_ = http.NewResponseController(w).Flush()
}

// A stream goes on after the last event that was handled, and so does the next process.
func TestRelayResumes(t *testing.T) {
	last := strings.Replace(delivery, `"M"`, `"LAST"`, 1)
	positions := make(chan string, 10)
	relay := func(w http.ResponseWriter, r *http.Request) {
		position := r.Header.Get("Last-Event-ID")
		positions <- position
		switch position {
		case "":
			send(w, "id: 1-0\n"+gosmee(delivery, sign(delivery)))
		case "1-0":
			send(w, "event: gosmee-gap\ndata: {\"oldest_id\":\"3-0\"}\n\n", "event: ping\nid: 9\ndata: {}\n\n", "id: 3-0\n"+gosmee(last, sign(last)))
			<-r.Context().Done()
		default:
			send(w, ": connected\n\n")
			<-r.Context().Done()
		}
	}
	r, got, stop := relayWorld(t, relay)
	await(t, got, "M")
	await(t, got, "LAST")
	stop()
	stop = r.restart(t)
	for _, want := range []string{"", "1-0", "3-0"} {
		if at := <-positions; at != want {
			t.Errorf("it went on at %q, want %q", at, want)
		}
	}
	stop()
}

// An event that is too large is skipped, and doesn't end the stream.
func TestRelaySkipsLargeEvents(t *testing.T) {
	var streams atomic.Int32
	_, got, stop := relayWorld(t, func(w http.ResponseWriter, r *http.Request) {
		streams.Add(1)
		send(w, "data: "+strings.Repeat("x", 300<<10)+"\n\n", gosmee(delivery, sign(delivery)))
		<-r.Context().Done()
	})
	defer stop()
	await(t, got, "M")
	if n := streams.Load(); n != 1 {
		t.Errorf("%d streams", n)
	}
}

// Comments are signs of life: the transport is up although no event comes.
func TestRelayUpByComments(t *testing.T) {
	r, _, stop := relayWorld(t, func(w http.ResponseWriter, req *http.Request) {
		send(w, ": keep-alive\n\n")
		<-req.Context().Done()
	})
	defer stop()
	if err := r.State.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// watched returns what a receiver logs from now on.
func watched(t *testing.T, r *transport.Receiver) *logtest.Log {
	t.Helper()
	log, lines := logtest.New(t)
	r.Log = log
	return lines
}

// A relay that accepts the connection and never responds is reported, and tried again.
func TestRelayNeverResponds(t *testing.T) {
	t.Parallel()
	_, client := cloud(t)
	got := make(chosen, 10)
	r := receiver(t, got, client)
	log := watched(t, r)
	var requests atomic.Int32
	defer newRelayed(t, r, func(w http.ResponseWriter, req *http.Request) {
		if requests.Add(1) > 1 {
			send(w, gosmee(delivery, sign(delivery)))
		}
		<-req.Context().Done()
	}).restart(t)()
	log.Await(t, "didn't respond within 15s")
	await(t, got, "M")
	if err := r.State.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// A gap in the relay's events after the last one handled is logged, and missed messages are caught up.
func TestRelayGap(t *testing.T) {
	_, client := cloud(t)
	r := receiver(t, make(chosen, 10), client)
	log := watched(t, r)
	relay := newRelayed(t, r, func(w http.ResponseWriter, req *http.Request) {
		if at := req.Header.Get("Last-Event-ID"); at != "1-0" {
			t.Errorf("it goes on at %q", at)
		}
		send(w, "event: gosmee-gap\ndata: {\"oldest_id\":\"3-0\"}\n\n")
		<-req.Context().Done()
	})
	if err := r.Notes.Write(t.Context(), "relay-position", fmt.Appendf(nil, `{"channel":%q,"id":"1-0"}`, relay.channel)); err != nil {
		t.Fatal(err)
	}
	defer relay.restart(t)()
	log.Await(t, "the relay no longer has all events since the last connection")
}

// A failed check of the webhooks is forgotten after a good one.
func TestGoodCheckHeals(t *testing.T) {
	t.Parallel()
	sim, client := cloud(t)
	sim.Fail(webexsim.Fault{Method: http.MethodGet, Path: "/v1/webhooks", Status: http.StatusForbidden, Times: 1})
	r := receiver(t, make(chosen, 10), client)
	log := watched(t, r)
	defer newRelayed(t, r, func(w http.ResponseWriter, req *http.Request) {
		send(w, ": keep-alive\n\n")
		<-req.Context().Done()
	}).restart(t)()
	log.Await(t, "the webhooks can't be checked")
	if err := r.State.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.State.Err(); err != nil {
		t.Errorf("after a good check: %v", err)
	}
}

// A failed check of the webhooks is forgotten after a delivery.
func TestDeliveryHeals(t *testing.T) {
	sim, client := cloud(t)
	sim.Fail(webexsim.Fault{Method: http.MethodGet, Path: "/v1/webhooks", Status: http.StatusForbidden, Times: 1000})
	states := make(chan error, 1)
	var r *transport.Receiver
	r = receiver(t, storing(func(chat.Event) { states <- r.State.Err() }), client)
	log := watched(t, r)
	release := make(chan struct{})
	defer newRelayed(t, r, func(w http.ResponseWriter, req *http.Request) {
		send(w, ": keep-alive\n\n")
		<-release
		send(w, gosmee(delivery, sign(delivery)))
		<-req.Context().Done()
	}).restart(t)()
	log.Await(t, "the webhooks can't be checked", "refused the request")
	if r.State.Err() == nil {
		t.Error("it is up before a delivery")
	}
	close(release)
	if err := <-states; err != nil {
		t.Errorf("after a delivery: %v", err)
	}
}
