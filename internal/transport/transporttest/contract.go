// Package transporttest is the contract suite of transports. The tests of each transport run it against
// the simulated Webex.
package transporttest

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/secret"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/telemetry/logtest"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

// World is a simulated Webex with two people and a bot, and the bot's inbox.
type World struct {
	T        *testing.T
	Sim      *webexsim.Sim
	Cloud    string // its address
	Alice    webexsim.Person
	Bob      webexsim.Person
	Bot      webexsim.Person
	Client   *webex.Client
	Receiver *transport.Receiver
	Store    inbox.Store
	Log      *logtest.Log // of the transport

	past    atomic.Bool // what happens now is dated a minute back, before the transport starts
	replace atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	me      webex.Person
	options transport.Options
	http    *http.Client
	start   func(*World) transport.Transport
	stop    func() // the transport, if it runs
}

// Kind is a kind of transport.
type Kind struct {
	Make      func(w *World) transport.Transport
	NoPresses bool // it doesn't receive button presses
	// It ends if Webex says at the start that a request is wrong.
	EndsIfRefused bool
}

// Run checks a transport.
func Run(t *testing.T, k Kind) {
	for name, check := range map[string]func(*World){
		"messages, mentions and new spaces are received": everything,
		"the bot's own messages are not":                 itself,
		"events while it was stopped are received":       stopped,
		"a restart receives nothing twice":               restart,
		"events that a full inbox refused aren't lost":   full,
		"an outage of Webex passes":                      outage,
		"an invalid token ends it":                       refused,
		"its state is up while it receives":              state,
		"presses are received, unless it can't":          func(w *World) { presses(w, k.NoPresses) },
		"many are received, in order within a space":     many,
		"a page of a space at another host is left out":  foreignPage,
		"a rate limit while catching up is waited for":   limited,
		"an item that can't be read doesn't stop others": unreadableItem,
		"messages are caught up without the memberships": refusedArrivals,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(NewWorld(t, k.Make))
		})
	}
	for _, r := range responses() {
		t.Run("a space that can't be listed doesn't stop others/"+r.name, func(t *testing.T) {
			t.Parallel()
			refusedSpace(r)(NewWorld(t, k.Make))
		})
		t.Run("what is refused at the start is tried again/"+r.name, func(t *testing.T) {
			t.Parallel()
			if k.EndsIfRefused && r.final && r.name != "401" && r.name != "403" {
				t.Skip("it ends: the settings are wrong")
			}
			refusedStart(r)(NewWorld(t, k.Make))
		})
	}
}

// NewWorld returns a world whose transport doesn't run yet.
func NewWorld(t *testing.T, start func(*World) transport.Transport) *World {
	t.Helper()
	return NewWorldWith(t, start, webexsim.Options{}, webex.Options{})
}

// NewWorldWith returns a world whose Webex and whose client are special.
func NewWorldWith(t *testing.T, start func(*World) transport.Transport, cloud webexsim.Options, client webex.Options) *World {
	t.Helper()
	return newWorld(t, start, cloud, client, httptest.NewServer)
}

// NewWorldTLS returns a world whose Webex speaks TLS, to which way leads; its certificates are those
// of tests.
func NewWorldTLS(t *testing.T, start func(*World) transport.Transport, way *http.Transport) *World {
	t.Helper()
	way.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the certificate of a test
	return newWorld(t, start, webexsim.Options{}, webex.Options{Transport: way}, httptest.NewTLSServer)
}

func newWorld(t *testing.T, start func(*World) transport.Transport, cloud webexsim.Options, client webex.Options, serve func(http.Handler) *httptest.Server) *World {
	t.Helper()
	w := &World{T: t, start: start, stop: func() {}, http: &http.Client{Transport: &http.Transport{}}}
	w.past.Store(true)
	cloud.Now = w.now
	w.Sim = webexsim.New(cloud)
	srv := serve(http.HandlerFunc(w.serve))
	w.http.Transport = srv.Client().Transport
	w.Cloud = srv.URL
	w.Sim.SetBaseURL(w.Cloud + "/v1")
	w.Alice = w.Sim.AddPerson("Alice Adams", "alice@example.com", "example")
	w.Bob = w.Sim.AddPerson("Bob Brown", "bob@example.com", "example")
	w.Bot = w.Sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
	var err error
	client.BaseURL, client.Token = w.Cloud+"/v1", secret.New(w.Bot.Token)
	if w.Client, err = webex.New(client); err != nil {
		t.Fatal(err)
	}
	if w.me, err = w.Client.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.open(100)
	t.Cleanup(func() {
		w.stop()
		w.Client.Close()
		w.http.CloseIdleConnections()
		w.Sim.Close()
		srv.Close()
		_ = w.Store.Close()
	})
	return w
}

// serve has a request handled by the function of Replace, or else by the simulated Webex.
func (w *World) serve(out http.ResponseWriter, r *http.Request) {
	if f := w.replace.Load(); f != nil && (*f)(out, r) {
		return
	}
	w.Sim.ServeHTTP(out, r)
}

// Replace has f respond to requests instead of the simulated Webex, where f returns true.
func (w *World) Replace(f func(http.ResponseWriter, *http.Request) bool) { w.replace.Store(&f) }

func (w *World) now() time.Time {
	if w.past.Load() {
		return time.Now().Add(-time.Minute)
	}
	return time.Now()
}

// open creates the inbox.
func (w *World) open(capacity int) {
	log, lines := logtest.New(w.T)
	w.Log = lines
	w.Store = inboxtest.Open(w.T, capacity)
	w.options = transport.Options{Client: w.Client, Me: w.me, Sink: w.Store, Notes: w.Store, Log: log}
	w.Receiver = transport.NewReceiver(w.options)
}

// Start runs the transport until Stop or the end of the test, and waits until it is up.
func (w *World) Start() {
	w.T.Helper()
	ended := w.Launch()
	if err := w.Receiver.State.Wait(w.within()); err != nil {
		select {
		case err = <-ended:
		default:
		}
		w.T.Fatalf("it is never up: %v, %v", err, w.Receiver.State.Err())
	}
}

// Launch runs the transport and returns a channel with the error it ends with.
func (w *World) Launch() <-chan error {
	w.T.Helper()
	w.past.Store(false)
	ctx, cancel := context.WithCancel(context.Background())
	way := w.start(w)
	ended := make(chan error, 1)
	done := make(chan struct{})
	go func() { defer close(done); ended <- way.Run(ctx) }()
	w.stop = func() { cancel(); <-done; w.stop = func() {} }
	return ended
}

// Stop ends the transport. The inbox and its notes stay.
func (w *World) Stop() {
	w.stop()
	w.Receiver = transport.NewReceiver(w.options)
}

// within only ends a test that hangs: machines are busy.
func (w *World) within() context.Context {
	ctx, cancel := context.WithTimeout(w.T.Context(), time.Minute)
	w.T.Cleanup(cancel)
	return ctx
}

// Journal waits until the simulated Webex has written an entry after which ok holds.
func (w *World) Journal(ok func() bool) {
	w.T.Helper()
	written := make(chan struct{}, 1)
	defer w.Sim.Watch(func(webexsim.Entry) {
		select {
		case written <- struct{}{}:
		default:
		}
	})()
	within := w.within()
	for !ok() {
		select {
		case <-written:
		case <-within.Done():
			w.T.Fatal("it never happened")
		}
	}
}

// Call talks to the simulated Webex as somebody.
func (w *World) Call(who webexsim.Person, method, path, body string) {
	w.T.Helper()
	req, err := http.NewRequestWithContext(w.T.Context(), method, w.Cloud+"/v1/"+path, strings.NewReader(body))
	if err != nil {
		w.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+who.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.http.Do(req)
	if err != nil {
		w.T.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		w.T.Fatalf("%s %s: %s %s %v", method, path, resp.Status, text, err)
	}
}

// Say posts to a space.
func (w *World) Say(who webexsim.Person, room, text string) {
	w.T.Helper()
	w.Call(who, http.MethodPost, "messages", `{"roomId":"`+room+`","markdown":"`+text+`"}`)
}

// Expect waits for the next event and handles it.
func (w *World) Expect(resource, room string) chat.Event {
	w.T.Helper()
	l, err := w.Store.Take(w.within())
	if err != nil {
		w.T.Fatalf("nothing was received, want %s: %v (%v)", resource, err, w.Receiver.State.Err())
	}
	n := l.Event()
	if n.Resource != resource || n.Action != "created" || n.Room != room || n.At.IsZero() {
		w.T.Errorf("received %+v, want %s in %s", n, resource, room)
	}
	if err := l.Done(); err != nil {
		w.T.Error(err)
	}
	return n
}

// Nothing checks that no other event comes before a message that is sent now.
func (w *World) Nothing(room string) {
	w.T.Helper()
	w.Say(w.Alice, room, "the last word")
	if n := w.Expect("messages", room); w.text(n) != "the last word" {
		w.T.Errorf("received %q", w.text(n))
	}
}

// text returns the text of an event's message.
func (w *World) text(n chat.Event) string {
	w.T.Helper()
	m, err := w.Client.Message(w.T.Context(), n.ID)
	if err != nil {
		w.T.Fatalf("the id of %+v is wrong: %v", n, err)
	}
	return m.Markdown
}

func everything(w *World) {
	w.Start()
	direct := w.Sim.Direct(w.Alice, w.Bot)
	w.Expect("memberships", direct)
	w.Say(w.Alice, direct, "hello")
	if n := w.Expect("messages", direct); w.text(n) != "hello" || !webex.SamePerson(n.Actor, w.Alice.ID) {
		w.T.Errorf("received %+v", n)
	}
	group := w.Sim.AddRoom("Network operations", w.Alice, w.Bob, w.Bot)
	w.Expect("memberships", group)
	w.Say(w.Alice, group, "not for the bot")
	w.Say(w.Bob, group, "<@personId:"+w.Bot.ID+"|Overwatch> hello")
	if n := w.Expect("messages", group); !webex.SamePerson(n.Actor, w.Bob.ID) {
		w.T.Errorf("received %+v", n)
	}
	w.Nothing(direct)
}

func itself(w *World) {
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	w.Say(w.Bot, room, "this is me")
	w.Nothing(room)
}

func stopped(w *World) {
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	w.Say(w.Alice, room, "before")
	w.Expect("messages", room)
	w.Stop()
	w.Say(w.Alice, room, "one")
	w.Say(w.Alice, room, "two")
	group := w.Sim.AddRoom("Network operations", w.Alice, w.Bot)
	w.Say(w.Alice, group, "not for the bot")
	w.Start()
	texts := map[string]bool{}
	for range 3 {
		l, err := w.Store.Take(w.within())
		if err != nil {
			w.T.Fatal(err)
		}
		if n := l.Event(); n.Resource == "messages" {
			texts[w.text(n)] = true
		} else {
			texts[n.Resource] = true
		}
		if err := l.Done(); err != nil {
			w.T.Error(err)
		}
	}
	if !texts["one"] || !texts["two"] || !texts["memberships"] {
		w.T.Errorf("received %v", texts)
	}
	w.Nothing(room)
}

func restart(w *World) {
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	w.Say(w.Alice, room, "once")
	w.Expect("messages", room)
	for range 2 {
		w.Stop()
		w.Start()
	}
	w.Nothing(room)
}

func full(w *World) {
	w.open(1)
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	for _, text := range []string{"one", "two", "three"} {
		w.Say(w.Alice, room, text)
	}
	received := map[string]bool{}
	for range 3 {
		received[w.text(w.Expect("messages", room))] = true
	}
	if len(received) != 3 {
		w.T.Errorf("received %v", received)
	}
}

func outage(w *World) {
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Sim.Fail(webexsim.Fault{Who: w.Bot.Email, Status: http.StatusServiceUnavailable, Times: 1})
	w.Sim.Fail(webexsim.Fault{Who: w.Bot.Email, Status: http.StatusTooManyRequests, RetryAfter: time.Second})
	w.Launch()
	w.Say(w.Alice, room, "during")
	if err := w.Receiver.State.Wait(w.within()); err != nil {
		w.T.Fatal("it is never up:", w.Receiver.State.Err())
	}
	w.Say(w.Alice, room, "after")
	for w.text(w.Expect("messages", room)) != "after" {
	}
}

func refused(w *World) {
	w.Sim.Fail(webexsim.Fault{Who: w.Bot.Email, Status: http.StatusUnauthorized, Times: 10})
	select {
	case err := <-w.Launch():
		if fault.Of(err) != fault.Denied {
			w.T.Errorf("it ended with %v", err)
		}
	case <-w.within().Done():
		w.T.Error("it goes on")
	}
}

func state(w *World) {
	if w.Receiver.State.Err() == nil {
		w.T.Error("it is up before it runs")
	}
	w.Start()
	if err := w.Receiver.State.Err(); err != nil {
		w.T.Error(err)
	}
}

const card = `{"roomId":"ROOM","markdown":"a card","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":` +
	`{"type":"AdaptiveCard","version":"1.3","body":[],"actions":[{"type":"Action.Submit","title":"Go"}]}}]}`

func presses(w *World, none bool) {
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	w.Call(w.Bot, http.MethodPost, "messages", strings.Replace(card, "ROOM", room, 1))
	var message string
	for m, err := range w.Client.Messages(w.T.Context(), room, false) {
		if err != nil {
			w.T.Fatal(err)
		}
		message = m.ID
		break
	}
	w.Call(w.Alice, http.MethodPost, "attachment/actions", `{"type":"submit","messageId":"`+message+`","inputs":{"a":"b"}}`)
	if !none {
		n := w.Expect("attachmentActions", room)
		a, err := w.Client.Action(w.T.Context(), n.ID)
		if err != nil || a.Inputs["a"] != "b" {
			w.T.Errorf("pressed %v, %v", a.Inputs, err)
		}
	}
	w.Nothing(room)
}

func many(w *World) {
	const each = 10
	rooms := []string{w.Sim.Direct(w.Alice, w.Bot), w.Sim.Direct(w.Bob, w.Bot)}
	w.Start()
	for i := range each {
		w.Say(w.Alice, rooms[0], "a"+string(rune('0'+i)))
		w.Say(w.Bob, rooms[1], "b"+string(rune('0'+i)))
	}
	next := map[string]int{}
	for range 2 * each {
		l, err := w.Store.Take(w.within())
		if err != nil {
			w.T.Fatal(err)
		}
		n := l.Event()
		if text := w.text(n); text[1:] != string(rune('0'+next[n.Room])) {
			w.T.Errorf("received %s, want number %d of its space", text, next[n.Room])
		}
		next[n.Room]++
		if err := l.Done(); err != nil {
			w.T.Error(err)
		}
	}
}

// Serve runs a handler until the test ends and returns its address.
func (w *World) Serve(h http.Handler) (net.Addr, string) {
	w.T.Helper()
	srv := httptest.NewServer(h)
	w.T.Cleanup(srv.Close)
	return srv.Listener.Addr(), srv.URL
}
