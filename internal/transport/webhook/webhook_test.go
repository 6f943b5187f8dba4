package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/secret"
	"overwatch/internal/server"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/transport"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/webex"
)

var key = secret.New("s3cret")

func quiet() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// sink keeps notices, or has no room.
type sink struct {
	got  []chat.Event
	full bool
}

func (s *sink) Put(_ context.Context, n chat.Event) (bool, error) {
	if s.full {
		return false, &fault.Error{Kind: fault.Unavailable, Message: "The inbox is full."}
	}
	s.got = append(s.got, n)
	return true, nil
}

func (s *sink) Known(context.Context, chat.Event) (bool, error) { return false, nil }

// receiver hears into a sink.
func receiver(t testing.TB, sink inbox.Sink, client *webex.Client) *transport.Receiver {
	t.Helper()
	notes := inboxtest.Open(t, 1)
	return transport.NewReceiver(transport.Options{Client: client, Me: webex.Person{ID: "BOT"}, Sink: sink, Notes: notes, Log: quiet()})
}

// post delivers a body to the server as serve has it.
func post(t *testing.T, s *sink, body io.Reader, signature string) *httptest.ResponseRecorder {
	t.Helper()
	hooks, err := webhook.New(t.Context(), receiver(t, s, nil), webhook.Config{PublicURL: "https://bot.example"}, key, &net.TCPAddr{Port: 3000})
	if err != nil {
		t.Fatal(err)
	}
	e := server.New(quiet(), func(context.Context) error { return nil })
	e.POST(webhook.Path, hooks.Handler())
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, webhook.Path, body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Spark-Signature", signature)
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, req)
	return rec
}

const delivery = `{"id":"HOOK","name":"overwatch messages","resource":"messages","event":"created","actorId":"ALICE","data":{"id":"M","roomId":"R","personId":"ALICE"}}`

func TestVerifiedStoredAnswered(t *testing.T) {
	s := &sink{}
	rec := post(t, s, strings.NewReader(delivery), strings.ToUpper(webex.Sign(key, []byte(delivery))))
	if rec.Code != http.StatusOK || len(s.got) != 1 {
		t.Fatalf("answered %d, stored %d", rec.Code, len(s.got))
	}
	n := s.got[0]
	if n.Key() != "messages/created/M" || n.Room != "R" || n.Actor != "ALICE" || n.At.IsZero() {
		t.Errorf("stored %+v", n)
	}
}

// The body counts as it stands: the same JSON with a blank more isn't what was signed.
func TestSignatureIsOverTheBytes(t *testing.T) {
	s := &sink{}
	if rec := post(t, s, strings.NewReader(delivery+" "), webex.Sign(key, []byte(delivery))); rec.Code != http.StatusUnauthorized || len(s.got) > 0 {
		t.Errorf("answered %d, stored %d", rec.Code, len(s.got))
	}
}

// What the bot says itself comes back as a delivery; it costs nothing more.
func TestOwnMessagesAreDropped(t *testing.T) {
	s := &sink{}
	own := strings.Replace(delivery, "ALICE", "BOT", 1)
	if rec := post(t, s, strings.NewReader(own), webex.Sign(key, []byte(own))); rec.Code != http.StatusOK || len(s.got) > 0 {
		t.Errorf("answered %d, stored %d", rec.Code, len(s.got))
	}
}

func TestAFullInboxIsSaid(t *testing.T) {
	rec := post(t, &sink{full: true}, strings.NewReader(delivery), webex.Sign(key, []byte(delivery)))
	if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "The inbox is full.") {
		t.Errorf("answered %d %s", rec.Code, rec.Body)
	}
}

// endless is a body of unknown length that doesn't end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAnEndlessBodyIsCutOff(t *testing.T) {
	if rec := post(t, &sink{}, endless{}, ""); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", rec.Code)
	}
}

func FuzzHandler(f *testing.F) {
	f.Add(delivery, true)
	f.Add(`{"resource":null}`, true)
	f.Add(delivery, false)
	f.Fuzz(func(t *testing.T, body string, signed bool) {
		s, signature := &sink{}, "00"
		if signed {
			signature = webex.Sign(key, []byte(body))
		}
		rec := post(t, s, strings.NewReader(body), signature)
		if !signed && len(s.got) > 0 {
			t.Errorf("stored without a signature: %q", body)
		}
		if rec.Code >= 500 {
			t.Errorf("answered %d to %q", rec.Code, body)
		}
	})
}

// cloud is a simulated Webex with a bot and a client of it.
func cloud(t *testing.T) (*webexsim.Sim, *webex.Client) {
	t.Helper()
	sim := webexsim.New(webexsim.Options{})
	t.Cleanup(sim.Close)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	sim.SetBaseURL(srv.URL + "/v1")
	bot := sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
	c, err := webex.New(webex.Options{BaseURL: srv.URL + "/v1", Token: secret.New(bot.Token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return sim, c
}

func me(t *testing.T, c *webex.Client) webex.Person {
	t.Helper()
	p, err := c.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// hooksOf are the bot's webhooks as name, resource, target and status.
func hooksOf(t *testing.T, c *webex.Client) []string {
	t.Helper()
	var all []string
	for h, err := range c.Webhooks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s: %s %s to %s is %s", h.Name, h.Resource, h.Event, h.TargetURL, h.Status))
	}
	return all
}

const target = "https://bot.example/webex-webhooks"

// Whatever state the webhooks are in, they are right afterwards, and others' are as they were.
func TestReconcile(t *testing.T) {
	right := []string{
		"overwatch messages: messages created to " + target + " is active",
		"overwatch attachmentActions: attachmentActions created to " + target + " is active",
		"overwatch memberships: memberships created to " + target + " is active",
	}
	make := func(name, resource, target string) func(*testing.T, *webex.Client) {
		return func(t *testing.T, c *webex.Client) {
			if _, err := c.CreateWebhook(t.Context(), webex.Webhook{Name: name, Resource: resource, Event: "created", TargetURL: target}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, before := range map[string][]func(*testing.T, *webex.Client){
		"none yet":          nil,
		"right already":     {make("overwatch messages", "messages", target)},
		"an old address":    {make("overwatch messages", "messages", "https://old.example/webex-webhooks")},
		"another resource":  {make("overwatch messages", "rooms", target)},
		"copies":            {make("overwatch messages", "messages", target), make("overwatch messages", "messages", target)},
		"somebody else's":   {make("other bot", "messages", "https://other.example/")},
		"a name like ours":  {make("overwatch messages 2", "messages", "https://other.example/")},
		"made by ourselves": {func(t *testing.T, c *webex.Client) { reconcile(t, c) }},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := cloud(t)
			for _, do := range before {
				do(t, c)
			}
			reconcile(t, c)
			reconcile(t, c) // once more changes nothing
			got := strings.Join(hooksOf(t, c), "\n")
			for _, want := range right {
				if strings.Count(got, want) != 1 {
					t.Errorf("%q isn't there once:\n%s", want, got)
				}
			}
			others := len(hooksOf(t, c)) - len(right)
			if want := strings.Count(name, "somebody") + strings.Count(name, "a name like"); others != want {
				t.Errorf("%d others, want %d:\n%s", others, want, got)
			}
		})
	}
}

func reconcile(t *testing.T, c *webex.Client) {
	t.Helper()
	if err := webhook.Reconcile(t.Context(), c, me(t, c), target, key, quiet()); err != nil {
		t.Fatal(err)
	}
}

// Webex disables a webhook after a hundred failures; we enable it again.
func TestReconcileEnablesWhatWebexDisabled(t *testing.T) {
	sim, c := cloud(t)
	down := httptest.NewServer(http.NotFoundHandler())
	defer down.Close()
	if err := webhook.Reconcile(t.Context(), c, me(t, c), down.URL, key, quiet()); err != nil {
		t.Fatal(err)
	}
	bot := sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
	room := sim.Direct(sim.AddPerson("Alice", "alice@example.com", "example"), bot)
	for range 100 {
		if _, err := c.CreateMessage(t.Context(), webex.NewMessage{RoomID: room, Markdown: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sim.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(hooksOf(t, c), "\n"); !strings.Contains(got, "inactive") {
		t.Fatalf("no webhook was disabled:\n%s", got)
	}
	reconcile(t, c)
	if got := strings.Join(hooksOf(t, c), "\n"); strings.Contains(got, "inactive") {
		t.Errorf("still disabled:\n%s", got)
	}
}

func TestReconcileSaysWhatFailed(t *testing.T) {
	sim, c := cloud(t)
	sim.Fail(webexsim.Fault{Method: http.MethodPost, Path: "/v1/webhooks", Status: 503})
	err := webhook.Reconcile(t.Context(), c, me(t, c), target, key, quiet())
	if !fault.Temporary(err) || !strings.Contains(err.Error(), `create the webhook "overwatch messages"`) {
		t.Errorf("got %v", err)
	}
}

func TestTunnel(t *testing.T) {
	for name, c := range map[string]struct {
		answer httpmock.Responder
		want   string
		say    string
	}{
		"by URL":       {tunnels(`{"public_url":"https://a.example","config":{"addr":"http://localhost:3000"}}`), "https://a.example", ""},
		"by port":      {tunnels(`{"public_url":"https://a.example","config":{"addr":"3000"}}`), "https://a.example", ""},
		"by address":   {tunnels(`{"public_url":"https://a.example","config":{"addr":"127.0.0.1:3000"}}`), "https://a.example", ""},
		"one of two":   {tunnels(`{"public_url":"http://a.example","config":{"addr":"3000"}},{"public_url":"https://b.example","config":{"addr":"3000"}}`), "https://b.example", ""},
		"another port": {tunnels(`{"public_url":"https://a.example","config":{"addr":"4000"}}`), "", "The ngrok agent has 1 tunnels, but none with https to port 3000."},
		"no agent":     {httpmock.NewErrorResponder(errors.New("connection refused")), "", "Webex needs an address to reach this bot at, and no ngrok agent runs here."},
		"no JSON":      {httpmock.NewStringResponder(200, "<html>"), "", "Webex needs an address to reach this bot at, and no ngrok agent runs here."},
		"an error":     {httpmock.NewStringResponder(500, ""), "", "Webex needs an address to reach this bot at, and no ngrok agent runs here."},
	} {
		t.Run(name, func(t *testing.T) {
			transport := httpmock.NewMockTransport()
			transport.RegisterResponder(http.MethodGet, "http://127.0.0.1:4040/api/tunnels", c.answer)
			got, err := webhook.Tunnel(t.Context(), &http.Client{Transport: transport}, "3000")
			say := ""
			if err != nil {
				say, _ = fault.Text(err)
			}
			if got != c.want || say != c.say {
				t.Errorf("got %q and %q, want %q and %q", got, say, c.want, c.say)
			}
		})
	}
}

func tunnels(list string) httpmock.Responder {
	return httpmock.NewStringResponder(http.StatusOK, `{"tunnels":[`+list+`]}`)
}
