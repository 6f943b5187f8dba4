package webexsim_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"overwatch/internal/sim/webexsim"
	"overwatch/internal/sim/webexspec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a simulation behind a real server, with two people, two bots and a clock that stands
// still until it is moved.
type world struct {
	*testing.T
	sim        *webexsim.Sim
	base       string // ends with /v1
	client     *http.Client
	alice, bob webexsim.Person
	bot, other webexsim.Person

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T) *world { t.Helper(); return newWorldWith(t, webexsim.Options{}) }

func newWorldWith(t *testing.T, o webexsim.Options) *world {
	t.Helper()
	w := &world{T: t, client: &http.Client{Transport: &http.Transport{}}, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	o.Now = w.clock
	w.sim = webexsim.New(o)
	spec, err := webexspec.Load()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(spec.Check(t, w.sim, false))
	w.base = server.URL + "/v1"
	w.sim.SetBaseURL(w.base)
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		w.sim.Close()
		server.Close()
	})
	w.alice = w.sim.AddPerson("Alice Adams", "alice@example.com", "example")
	w.bob = w.sim.AddPerson("Bob Brown", "bob@example.com", "example")
	w.bot = w.sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
	w.other = w.sim.AddBot("Elsewhere", "elsewhere@webex.bot", "example")
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// reply is an answer as a foreign client sees it.
type reply struct {
	status int
	header http.Header
	raw    []byte
	object map[string]any
}

func (r reply) text(key string) string {
	s, _ := r.object[key].(string)
	return s
}

func (r reply) items() []map[string]any {
	list, _ := r.object["items"].([]any)
	items := make([]map[string]any, len(list))
	for i, item := range list {
		items[i], _ = item.(map[string]any)
	}
	return items
}

// send makes one request. address is below /v1, or whole; the token stands as it is in the header.
func (w *world) send(token, method, address, contentType string, body io.Reader) reply {
	w.Helper()
	if !strings.HasPrefix(address, "http") {
		address = w.base + address
	}
	req, err := http.NewRequestWithContext(w.Context(), method, address, body)
	if err != nil {
		w.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, raw: raw}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &r.object); err != nil {
			w.Fatalf("%s %s: %v in %s", method, address, err, raw)
		}
	}
	return r
}

// call makes one request by somebody, with JSON as it is written here.
func (w *world) call(who webexsim.Person, method, address, body string) reply {
	w.Helper()
	if body == "" {
		return w.send(who.Token, method, address, "", nil)
	}
	return w.send(who.Token, method, address, "application/json; charset=utf-8", strings.NewReader(body))
}

// must is call where anything but success ends the test.
func (w *world) must(who webexsim.Person, method, address, body string) reply {
	w.Helper()
	r := w.call(who, method, address, body)
	if r.status != http.StatusOK && r.status != http.StatusNoContent {
		w.Fatalf("%s %s %s: %d %s", method, address, body, r.status, r.raw)
	}
	return r
}

// refused is call where anything but this refusal fails the test.
func (w *world) refused(status int, message string, who webexsim.Person, method, address, body string) {
	w.Helper()
	r := w.call(who, method, address, body)
	if r.status != status || r.text("message") != message {
		w.Errorf("%s %s %s:\n got %d %q\nwant %d %q", method, address, body, r.status, r.text("message"), status, message)
	}
}

// say posts Markdown to a space and returns the message's id.
func (w *world) say(who webexsim.Person, roomID, markdown string) string {
	w.Helper()
	return w.must(who, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"markdown":%q}`, roomID, markdown)).text("id")
}

// encodeID is how Webex makes ids.
func encodeID(cluster, kind, uuid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://" + cluster + "/" + kind + "/" + uuid))
}

const smallCard = `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"TextBlock","text":"hello"}]}`

func cardMessage(roomID, card string) string {
	return fmt.Sprintf(`{"roomId":%q,"markdown":"a card","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":%s}]}`, roomID, card)
}

func mentioning(p webexsim.Person, text string) string {
	return fmt.Sprintf("<@personId:%s|%s> %s", p.ID, p.Name, text)
}

func (w *world) quiet() {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	if err := w.sim.Quiet(ctx); err != nil {
		w.Fatal("deliveries don't end:", err)
	}
}

// receiver receives webhooks.
type receiver struct {
	url    string
	mu     sync.Mutex
	status int
	got    []received
}

type received struct {
	signature string
	kind      string
	body      []byte
	object    map[string]any
}

func (h received) data(key string) string {
	data, _ := h.object["data"].(map[string]any)
	s, _ := data[key].(string)
	return s
}

func (h received) name() string { return fmt.Sprint(h.object["resource"], "/", h.object["event"]) }

func (w *world) receiver() *receiver {
	e := &receiver{status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.Error(err)
		}
		h := received{signature: r.Header.Get("X-Spark-Signature"), kind: r.Header.Get("Content-Type"), body: body}
		if err := json.Unmarshal(body, &h.object); err != nil {
			w.Error(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.got = append(e.got, h)
		rw.WriteHeader(e.status)
	}))
	w.Cleanup(server.Close)
	e.url = server.URL + "/hook"
	return e
}

func (e *receiver) answer(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// all waits until nothing is under way, returns what was received since the last time.
func (e *receiver) all(w *world) []received {
	w.Helper()
	w.quiet()
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.got
	e.got = nil
	return list
}

func (e *receiver) names(w *world) []string {
	w.Helper()
	var names []string
	for _, h := range e.all(w) {
		names = append(names, h.name())
	}
	return names
}

// hook registers a webhook; more is further JSON members.
func (w *world) hook(who webexsim.Person, e *receiver, resource, event, more string) string {
	w.Helper()
	return w.must(who, "POST", "/webhooks", fmt.Sprintf(`{"name":"n","targetUrl":%q,"resource":%q,"event":%q%s}`, e.url, resource, event, more)).text("id")
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "?" + v.Encode()
}

func contains(t *testing.T, text []byte, part string) {
	t.Helper()
	if !bytes.Contains(text, []byte(part)) {
		t.Errorf("%q is missing in %s", part, text)
	}
}

// serve runs a server of a test's own, whose Addr it fills in.
func (w *world) serve(s *http.Server) {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	s.Addr = l.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // ends with Close
	}()
	w.Cleanup(func() {
		_ = s.Close() // ends Serve
		<-done
	})
}

// eventually waits until the simulation has written an entry after which ok holds.
func (w *world) eventually(ok func() bool) {
	w.Helper()
	changed := make(chan struct{}, 1)
	stop := w.sim.Watch(func(webexsim.Entry) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	deadline := time.After(time.Minute)
	for !ok() {
		select {
		case <-changed:
		case <-deadline:
			w.Fatal("it never happened")
		}
	}
}
