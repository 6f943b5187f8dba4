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
	"github.com/sirupsen/logrus/hooks/test"

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

// sink keeps events, or has no room.
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

// receiver returns a receiver that puts events into a sink.
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

// The signature is over the bytes: the same JSON with one more blank has another.
func TestSignatureIsOverTheBytes(t *testing.T) {
	s := &sink{}
	if rec := post(t, s, strings.NewReader(delivery+" "), webex.Sign(key, []byte(delivery))); rec.Code != http.StatusUnauthorized || len(s.got) > 0 {
		t.Errorf("answered %d, stored %d", rec.Code, len(s.got))
	}
}

// The bot's own messages come back as deliveries and are dropped.
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
	const (
		none  = "public-url is auto, but there is no ngrok agent on this machine."
		other = "None of the ngrok agent's tunnels (1) leads to this bot, port 3000, by https."
	)
	to := func(addr string) httpmock.Responder {
		return tunnels(`{"public_url":"https://a.example","config":{"addr":"` + addr + `"}}`)
	}
	for name, c := range map[string]struct {
		listen string // 127.0.0.1:3000 when empty
		answer httpmock.Responder
		want   string
		say    string
	}{
		"by URL":                {"", to("http://localhost:3000"), "https://a.example", ""},
		"by port":               {"", to("3000"), "https://a.example", ""},
		"by address":            {"", to("127.0.0.1:3000"), "https://a.example", ""},
		"by IPv6":               {"[::]:3000", to("http://[::1]:3000"), "https://a.example", ""},
		"on all addresses":      {"0.0.0.0:3000", to("localhost:3000"), "https://a.example", ""},
		"the port of a scheme":  {"127.0.0.1:80", to("http://localhost"), "https://a.example", ""},
		"another port":          {"", to("4000"), "", other},
		"another host":          {"", to("http://192.0.2.7:3000"), "", other},
		"another host by name":  {"[::]:3000", to("other.example:3000"), "", other},
		"another own address":   {"192.0.2.1:3000", to("http://localhost:3000"), "", other},
		"the address itself":    {"192.0.2.1:3000", to("192.0.2.1:3000"), "https://a.example", ""},
		"one of two by https":   {"", tunnels(`{"public_url":"http://a.example","config":{"addr":"3000"}},{"public_url":"https://b.example","config":{"addr":"3000"}}`), "https://b.example", ""},
		"one of two by host":    {"", tunnels(`{"public_url":"https://a.example","config":{"addr":"http://192.0.2.7:3000"}},{"public_url":"https://b.example","config":{"addr":"http://localhost:3000"}}`), "https://b.example", ""},
		"no agent":              {"", httpmock.NewErrorResponder(errors.New("connection refused")), "", none},
		"no JSON":               {"", httpmock.NewStringResponder(200, "<html>"), "", none},
		"an error of the agent": {"", httpmock.NewStringResponder(500, ""), "", none},
	} {
		t.Run(name, func(t *testing.T) {
			transport := httpmock.NewMockTransport()
			transport.RegisterResponder(http.MethodGet, "http://127.0.0.1:4040/api/tunnels", c.answer)
			listen, err := net.ResolveTCPAddr("tcp", strings.TrimSpace(c.listen))
			if c.listen == "" {
				listen, err = net.ResolveTCPAddr("tcp", "127.0.0.1:3000")
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := webhook.Tunnel(t.Context(), &http.Client{Transport: transport}, listen)
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

// Addresses in a form that can't work are corrected with a warning, or refused.
func TestAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		config webhook.Config
		want   string // within Describe, or within the hint
		kind   fault.Kind
		warns  bool
	}{
		"public":                  {webhook.Config{PublicURL: "https://bot.example"}, "at https://bot.example", "", false},
		"with a slash":            {webhook.Config{PublicURL: "https://bot.example/"}, "at https://bot.example", "", true},
		"with our path":           {webhook.Config{PublicURL: "https://bot.example/webex-webhooks"}, "at https://bot.example", "", true},
		"with our path and slash": {webhook.Config{PublicURL: "https://bot.example/a/webex-webhooks/"}, "at https://bot.example/a", "", true},
		"with a path":             {webhook.Config{PublicURL: "https://bot.example/a"}, "at https://bot.example/a", "", false},
		"with a query":            {webhook.Config{PublicURL: "https://bot.example/?a=b"}, "without ? and #", fault.Invalid, false},
		"channel":                 {webhook.Config{Smee: "https://smee.example/CH"}, "through https://smee.example/CH", "", false},
		"channel with a slash":    {webhook.Config{Smee: "https://smee.example/CH/"}, "through https://smee.example/CH", "", true},
		"channel of events":       {webhook.Config{Smee: "https://gosmee.example/events/CH"}, "through https://gosmee.example/CH", "", true},
		"no channel":              {webhook.Config{Smee: "http://smee.example"}, "name of the channel is missing", fault.Invalid, false},
		"no channel but a slash":  {webhook.Config{Smee: "http://smee.example/"}, "name of the channel is missing", fault.Invalid, false},
		"a new channel":           {webhook.Config{Smee: "https://smee.example/new"}, "in a browser", fault.Invalid, false},
		"channel with a fragment": {webhook.Config{Smee: "https://smee.example/CH#x"}, "without ? and #", fault.Invalid, false},
		"both":                    {webhook.Config{PublicURL: "https://bot.example", Smee: "https://smee.example/CH"}, "Remove public-url", fault.Invalid, false},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			r := receiver(t, &sink{}, nil)
			r.Log = &logrus.Logger{Out: &log, Formatter: &logrus.TextFormatter{}, Level: logrus.InfoLevel}
			hooks, err := webhook.New(t.Context(), r, c.config, key, &net.TCPAddr{Port: 3000})
			if fault.Of(err) != c.kind {
				t.Fatalf("got %v", err)
			}
			got := ""
			if err != nil {
				_, got = fault.Text(err)
			} else {
				got = hooks.Describe()
			}
			if !strings.Contains(got, c.want) || err == nil && !strings.HasSuffix(got, c.want) || (log.Len() > 0) != c.warns {
				t.Errorf("got %q and the log %q", got, &log)
			}
		})
	}
}

func tunnels(list string) httpmock.Responder {
	return httpmock.NewStringResponder(http.StatusOK, `{"tunnels":[`+list+`]}`)
}

// A delivery that is refused, or can't be stored, is one line in the log, in plain words.
func TestRefusedDeliveryIsLoggedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		signature string
		full      bool
		want      string
	}{
		"forged": {"abc", false, "a delivery was refused"},
		"full":   {webex.Sign(key, []byte(delivery)), true, "request failed"},
	} {
		t.Run(name, func(t *testing.T) {
			log, lines := test.NewNullLogger()
			r := receiver(t, &sink{full: c.full}, nil)
			r.Log = log
			hooks, err := webhook.New(t.Context(), r, webhook.Config{PublicURL: "https://bot.example"}, key, &net.TCPAddr{Port: 3000})
			if err != nil {
				t.Fatal(err)
			}
			e := server.New(log, func(context.Context) error { return nil })
			e.POST(webhook.Path, hooks.Handler())
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, webhook.Path, strings.NewReader(delivery))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-Spark-Signature", c.signature)
			e.ServeHTTP(httptest.NewRecorder(), req)
			if all := lines.AllEntries(); len(all) != 1 || all[0].Message != c.want {
				t.Errorf("the log has %v", all)
			}
		})
	}
}
