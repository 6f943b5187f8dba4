package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"overwatch/internal/config"
	"overwatch/internal/sim/webexsim"
)

// get reads something from the bot's own port.
func (w *world) get(path string) (int, string) {
	w.Helper()
	resp, err := http.Get("http://" + w.app.Addr().String() + path) //nolint:noctx // a test
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

var traceID = regexp.MustCompile("Trace `([0-9a-f]{32})`")

func TestHealth(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{"/healthz": `{"state":"alive"}`, "/readyz": `{"state":"ready"}`} {
		resp, err := http.Get("http://" + w.app.Addr().String() + path) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: %s %s %v", path, resp.Status, body, err)
		}
	}
}

// What went wrong is found again: the card, the log and the device have the same id.
func TestTraces(t *testing.T) {
	var mu sync.Mutex
	var spans bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/v1/traces" {
			t.Errorf("somebody asks for %s", r.URL.Path)
		}
		if _, err := io.Copy(&spans, r.Body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(func() {
		collector.Close()
		for _, name := range []string{"answer", "fetch", "think", "send"} {
			if !bytes.Contains(spans.Bytes(), []byte(name)) {
				t.Errorf("the collector got no span %q", name)
			}
		}
	})
	w := newWorld(t, func(c *config.Config) { c.Telemetry.OTLPEndpoint = collector.URL })
	room := w.direct(w.alice)
	w.say(w.alice, room, "vrf locked1")
	card := w.expect("refused the login")
	found := traceID.FindStringSubmatch(card["markdown"].(string))
	if found == nil {
		t.Fatalf("the card has no trace: %v", card["markdown"])
	}
	id := found[1]
	w.logged("trace_id="+id, "send_ms=")
	asked := false
	for _, e := range w.lab.Recent() {
		asked = asked || e.Device == "locked1" && strings.HasPrefix(e.Traceparent, "00-"+id+"-")
	}
	if !asked {
		t.Error("the device never saw the id")
	}
}

// The table of metrics in .deploy/README.md is complete.
func TestMetrics(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.caughtUp()
	w.webex.DeliverTwice(1)
	w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodPost, Path: "/v1/messages", Status: http.StatusServiceUnavailable})
	w.say(w.alice, room, "vrf r1")
	w.expect("**Show VRFs** on **r1**")
	w.say(w.alice, room, "arp down1")
	w.expect("refuses connections")
	w.silent(room)
	if err := w.webex.Quiet(t.Context()); err != nil { // the copy as well
		t.Fatal(err)
	}
	w.logged("msg=answered")
	w.logged("msg=answered")
	w.logged("msg=failed") // which is said when all is counted
	_, text := w.get("/metrics")
	for _, want := range []string{
		`overwatch_events_total{outcome="stored",resource="messages"} 3`,
		`overwatch_events_total{outcome="copy",resource="messages"} 1`,
		`overwatch_events_total{outcome="stored",resource="memberships"} 1`,
		`overwatch_answers_total{outcome="answered"} `,
		`overwatch_answers_total{outcome="failed"} 1`,
		`overwatch_retries_total{stage="send"} 1`,
		`overwatch_stage_seconds_count{stage="wait"} `,
		`overwatch_device_seconds_count{outcome="answered"} 3`,
		`overwatch_device_seconds_count{outcome="unavailable"} 1`,
		`overwatch_inbox_events{state="waiting"} `,
		`overwatch_inbox_events{state="dead"} 0`,
		`overwatch_receiving{transport="webhook"} 1`,
		`overwatch_inbox_ready 1`,
		`overwatch_info{version="`,
		"go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(text, want) {
			name, _, _ := strings.Cut(want, "{")
			t.Errorf("there is no %s, but %q", want, regexp.MustCompile(`(?m)^`+name+`.*$`).FindAllString(text, -1))
		}
	}
	readme, err := os.ReadFile("../../.deploy/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`(?m)^# TYPE (overwatch_\w+) `).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(string(readme), "`"+name[1]) {
			t.Errorf("the table doesn't name %s", name[1])
		}
	}
}

func TestReadyOnlyWhileItReceives(t *testing.T) {
	w := newWorld(t, func(c *config.Config) {
		c.Transport.Transport = "websocket"
		c.Webhook.PublicURL = ""
		c.Webex.WebexU2CURL = strings.TrimSuffix(c.Webex.WebexAPIURL, "/v1") + "/u2c/api/v1"
	})
	if status, text := w.get("/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	w.webex.Fail(webexsim.Fault{Path: "/mercury-a1/", Status: http.StatusServiceUnavailable, Times: 1000})
	w.webex.CloseSockets(1011, "unexpected error")
	const why = "Webex refused to open a socket (status 503)"
	w.logged(why)
	if status, text := w.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, why) {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := w.get("/healthz"); status != http.StatusOK {
		t.Errorf("it isn't alive: %d", status)
	}
	if _, text := w.get("/metrics"); !strings.Contains(text, `overwatch_receiving{transport="websocket"} 0`) {
		t.Error("the metrics say that it receives events")
	}
}
