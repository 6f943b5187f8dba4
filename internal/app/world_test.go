package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"overwatch/internal/app"
	"overwatch/internal/config"
	"overwatch/internal/inbox"
	"overwatch/internal/playground"
	"overwatch/internal/secret"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/sim/webexspec"
	"overwatch/internal/telemetry/logtest"
	"overwatch/internal/webex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "the webhooks' secret"

// within only ends a test that hangs: with the race detector, on a busy machine, the largest table takes
// minutes.
const within = 10 * time.Minute

// world is a bot as serve runs it, between a simulated Webex and simulated devices.
type world struct {
	*testing.T
	webex *webexsim.Sim
	cloud *httptest.Server
	lab   *devicesim.Lab
	alice webexsim.Person
	bob   webexsim.Person
	bot   webexsim.Person
	app   *app.App
	log   *logtest.Log
	port  *port               // the bot's own
	said  chan webexsim.Entry // what the bot says

	replace atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

// intercept has f respond to requests to Webex, where it returns true.
func (w *world) intercept(f func(http.ResponseWriter, *http.Request) bool) { w.replace.Store(&f) }

type option func(*config.Config)

// logged waits for a line of the log with all of the texts, behind the line it waited for before.
func (w *world) logged(texts ...string) {
	w.Helper()
	w.log.Await(w, texts...)
}

// port is a listener that knows which connections the bot has open.
type port struct {
	net.Listener
	mu     sync.Mutex
	open   map[string]bool // by the address of the other side
	closed chan struct{}   // has a token when one was closed
}

// accepted is a connection of a port.
type accepted struct {
	net.Conn
	from *port
}

// Accept implements net.Listener.
func (p *port) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c.RemoteAddr().String()] = true
	return accepted{c, p}, nil
}

// Close implements net.Conn.
func (a accepted) Close() error {
	a.from.mu.Lock()
	delete(a.from.open, a.RemoteAddr().String())
	a.from.mu.Unlock()
	select {
	case a.from.closed <- struct{}{}:
	default:
	}
	return a.Conn.Close()
}

// left returns how many of the connections from these addresses are open.
func (p *port) left(addresses []string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range addresses {
		if p.open[a] {
			n++
		}
	}
	return n
}

// closes waits until the bot has closed all connections from these addresses.
func (w *world) closes(addresses []string) {
	w.Helper()
	timeout := time.After(within)
	for w.port.left(addresses) > 0 {
		select {
		case <-w.port.closed:
		case <-timeout:
			w.Fatalf("%d connections stay open", w.port.left(addresses))
		}
	}
}

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	return newWorldHolding(t, 0, options...)
}

// newWorldHolding is newWorld with a bot that retries a stage of one event for only so long.
func newWorldHolding(t *testing.T, holdsUp time.Duration, options ...option) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, said: make(chan webexsim.Entry, 100)}
	w.webex = webexsim.New(webexsim.Options{})
	t.Cleanup(w.webex.Close)
	spec, err := webexspec.Load()
	if err != nil {
		t.Fatal(err)
	}
	checked := spec.Check(t, w.webex, true)
	w.cloud = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if f := w.replace.Load(); f == nil || !(*f)(out, r) {
			checked.ServeHTTP(out, r)
		}
	}))
	t.Cleanup(w.cloud.Close)
	w.webex.SetBaseURL(w.cloud.URL + "/v1")
	lab, err := devicesim.Start(devicesim.Options{Slow: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	w.lab = lab
	w.alice = w.webex.AddPerson("Alice Adams", "alice@example.com", "example")
	w.bob = w.webex.AddPerson("Bob Brown", "bob@example.com", "example")
	w.bot = w.webex.AddBot("C++ (bot) [x]*", "overwatch@webex.bot", "example")
	t.Cleanup(w.webex.Watch(func(e webexsim.Entry) {
		if e.Kind == "message" && w.object(e)["personId"] == w.bot.ID {
			w.said <- e
		}
	}))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.port = &port{Listener: listener, open: map[string]bool{}, closed: make(chan struct{}, 1)}
	settings := config.Config{}
	if settings.Inventory, err = playground.WriteInventory(t.TempDir(), lab); err != nil {
		t.Fatal(err)
	}
	settings.Webex = webex.Config{WebexAPIURL: w.cloud.URL + "/v1", WebexBotToken: secret.New(w.bot.Token)}
	settings.Transport.Transport = "webhook"
	settings.Inbox = inbox.Config{DataDir: filepath.Join(t.TempDir(), "data"), InboxCapacity: 1000, NATSPrefix: "overwatch"}
	settings.Webhook.PublicURL = "http://" + listener.Addr().String()
	settings.Webhook.WebhookSecret = secret.New(key)
	for _, o := range options {
		o(&settings)
	}
	log, lines := logtest.New(t)
	w.log = lines
	if w.app, err = app.New(t.Context(), settings, w.port, log); err != nil {
		t.Fatal(err)
	}
	w.app.SetHoldsUp(holdsUp)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.app.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	if err := w.app.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// object is what happened as the API gives it.
func (w *world) object(e webexsim.Entry) map[string]any {
	b, err := json.Marshal(e.Data)
	if err != nil {
		w.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(b, &o); err != nil {
		w.Fatal(err)
	}
	return o
}

// call talks to the simulated Webex as somebody.
func (w *world) call(who webexsim.Person, method, path string, body any) map[string]any {
	w.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.Context(), method, w.cloud.URL+"/v1/"+path, bytes.NewReader(b))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+who.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		w.Fatalf("%s %s: %s %s %v", method, path, resp.Status, text, err)
	}
	answer := map[string]any{}
	if len(text) > 0 && json.Unmarshal(text, &answer) != nil {
		answer["text"] = string(text)
	}
	return answer
}

// caughtUp waits until the bot has looked for what it missed before it started, which may count copies.
func (w *world) caughtUp() {
	w.Helper()
	seen := make(chan struct{}, 1)
	looked := func(e webexsim.Entry) {
		path, _, _ := strings.Cut(e.Path, "?")
		if e.Kind == "call" && e.Who == w.bot.Name && e.Method == http.MethodGet && path == "/v1/memberships" {
			select {
			case seen <- struct{}{}:
			default:
			}
		}
	}
	defer w.webex.Watch(looked)()
	for _, e := range w.webex.Recent() {
		looked(e)
	}
	select {
	case <-seen:
	case <-time.After(within):
		w.Fatal("it doesn't look for what it missed")
	}
}

// direct opens the direct space with a person and waits for the greeting.
func (w *world) direct(who webexsim.Person) string {
	w.Helper()
	room := w.webex.Direct(who, w.bot)
	w.expect("Hello, I'm Overwatch")
	return room
}

func (w *world) say(who webexsim.Person, room, markdown string) map[string]any {
	w.Helper()
	return w.call(who, http.MethodPost, "messages", map[string]string{"roomId": room, "markdown": markdown})
}

// press submits a card. With a button's title its data goes along, as a client sends it.
func (w *world) press(who webexsim.Person, card map[string]any, button string, inputs map[string]any) {
	w.Helper()
	all := w.data(card, button)
	for k, v := range inputs {
		all[k] = v
	}
	w.call(who, http.MethodPost, "attachment/actions", map[string]any{"type": "submit", "messageId": card["id"], "inputs": all})
}

// data finds the data of a button anywhere in a card.
func (w *world) data(message map[string]any, button string) map[string]any {
	w.Helper()
	found := map[string]any{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if data, ok := v["data"].(map[string]any); ok && v["title"] == button {
				for k, d := range data {
					found[k] = d
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(message["attachments"])
	if len(found) == 0 && button != "" {
		w.Fatalf("the card has no button %q: %v", button, message["attachments"])
	}
	return found
}

// expect waits for the next thing the bot says, and for these texts in its Markdown. Progress
// lines are passed over, unless they are what is expected.
func (w *world) expect(texts ...string) map[string]any {
	w.Helper()
	timeout := time.After(within)
	for {
		select {
		case e := <-w.said:
			m := w.object(e)
			markdown, _ := m["markdown"].(string)
			if strings.HasPrefix(markdown, "Querying ") && !strings.HasPrefix(strings.Join(texts, ""), "Querying ") {
				continue
			}
			for _, text := range texts {
				if !strings.Contains(markdown, text) {
					w.Fatalf("it said %q, without %q", markdown, text)
				}
			}
			return m
		case <-timeout:
			w.Fatalf("it said nothing; expected %q", texts)
			return nil
		}
	}
}

// silent checks that everything delivered so far was answered already, by asking something more.
func (w *world) silent(room string) {
	w.Helper()
	w.say(w.alice, room, "devices")
	w.expect("**Devices**")
}

// deliver posts to the bot's webhook as Webex would, or somebody else.
func (w *world) deliver(body, signature string) int {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, "http://"+w.app.Addr().String()+"/webex-webhooks", strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if signature != "" {
		req.Header.Set("X-Spark-Signature", signature)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode
}

func sign(body string) string { return webex.Sign(secret.New(key), []byte(body)) }
