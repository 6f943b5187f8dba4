package webex_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jarcoal/httpmock"

	"overwatch/internal/secret"
	"overwatch/internal/webex"
)

const token = "NzY1_P0A1_hush-hush"

// api is a Webex with only the calls that a test expects. Any other call fails the test, and so does
// an expected one that isn't made.
type api struct {
	t         testing.TB
	url       string
	transport http.RoundTripper

	mu       sync.Mutex
	expected map[string]http.HandlerFunc
	optional map[string]bool // may not be made
	calls    []string
}

// newAPI returns one that answers without a wire.
func newAPI(t testing.TB) *api {
	mock := httpmock.NewMockTransport()
	a := &api{t: t, url: "http://webexapis.example/v1", transport: mock, expected: map[string]http.HandlerFunc{}, optional: map[string]bool{}}
	mock.RegisterNoResponder(a.respond) // its routes aren't strict: one without a query takes any query
	t.Cleanup(func() {
		for call := range a.expected {
			if a.count(call) == 0 && !a.optional[call] {
				t.Errorf("%s was never called", call)
			}
		}
	})
	return a
}

// newServer returns one behind a wire, for what needs one: an answer or an upload that breaks off, or
// that arrives while it is written.
func newServer(t testing.TB) *api {
	a := newAPI(t)
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url, a.transport = server.URL+"/v1", nil
	return a
}

// respond hands the handler a request as a server reads it.
func (a *api) respond(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var sent bytes.Buffer
	if err := r.Write(&sent); err != nil {
		return nil, err
	}
	got, err := http.ReadRequest(bufio.NewReader(&sent))
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, got.WithContext(r.Context()))
	return w.Result(), nil
}

// on expects a call such as "GET /rooms?max=2".
func (a *api) on(call string, h http.HandlerFunc) *api {
	a.expected[call] = h
	return a
}

// may allows a call that need not be made.
func (a *api) may(call string, h http.HandlerFunc) *api {
	a.optional[call] = true
	return a.on(call, h)
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + strings.TrimPrefix(r.RequestURI, "/v1")
	a.mu.Lock()
	a.calls = append(a.calls, call)
	h := a.expected[call]
	a.mu.Unlock()
	if h == nil {
		a.t.Errorf("unexpected call: %s", call)
		http.NotFound(w, r)
		return
	}
	if got := r.Header.Get("Authorization"); got != "Bearer "+token {
		a.t.Errorf("%s: Authorization is %q", call, got)
	}
	w.Header().Set("TrackingID", "ROUTER_1")
	h(w, r)
}

func (a *api) count(call string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(a.calls), func(c string) bool { return c != call }))
}

func (a *api) total() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)
}

func (a *api) client() *webex.Client {
	a.t.Helper()
	return client(a.t, webex.Options{BaseURL: a.url, Transport: a.transport})
}

func client(t testing.TB, o webex.Options) *webex.Client {
	t.Helper()
	o.Token = secret.New(token)
	c, err := webex.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answer answers with a status and a body.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// tripper is a transport that is one function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func decode(t testing.TB, r io.Reader) (v any) {
	t.Helper()
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		t.Error(err)
	}
	return v
}
