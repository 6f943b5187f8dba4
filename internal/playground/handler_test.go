package playground_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"overwatch/internal/playground"
	"overwatch/internal/playground/ui"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func request(t *testing.T, ctx context.Context, url string, change func(*http.Request)) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return resp
}

func TestPage(t *testing.T) {
	p := start(t, playground.Options{NoBot: true})
	resp := request(t, t.Context(), p.URL()+"/", nil)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	want, words := http.StatusOK, `src="/assets/app.js"`
	if !ui.Built() {
		want, words = http.StatusServiceUnavailable, "make web"
	}
	if resp.StatusCode != want || !strings.Contains(string(body), words) {
		t.Errorf("got %s\n%s", resp.Status, body)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("the policy is %q", csp)
	}
}

// A foreign web page could reach the playground by a DNS name that resolves to this machine.
func TestOnlyLocalNamesAreAnswered(t *testing.T) {
	p := start(t, playground.Options{NoBot: true})
	for host, want := range map[string]int{
		"localhost:3000": 200, "127.0.0.1": 200, "[::1]:3000": 200, "evil.example": 421, "localhost.evil.example:3000": 421, "192.0.2.1": 421,
	} {
		if got := request(t, t.Context(), p.URL()+"/playground/state", func(r *http.Request) { r.Host = host }).StatusCode; got != want {
			t.Errorf("%s: answered %d, want %d", host, got, want)
		}
	}
}

func TestStateHasNoSecretOfDevices(t *testing.T) {
	p := start(t, playground.Options{NoBot: true})
	body, err := io.ReadAll(request(t, t.Context(), p.URL()+"/playground/state", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"password", "netops"} {
		if strings.Contains(string(body), `"`+word) {
			t.Errorf("the state has %q: %s", word, body)
		}
	}
	var state struct{ Devices []struct{ Name, Note string } }
	if err := json.Unmarshal(body, &state); err != nil || len(state.Devices) < 8 {
		t.Errorf("%d devices, %v", len(state.Devices), err)
	}
}

// stream reads server-sent events until one contains all the words, and returns its id.
func stream(t *testing.T, p running, last string, words ...string) (id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	resp := request(t, ctx, p.URL()+"/playground/events", func(r *http.Request) { r.Header.Set("Last-Event-ID", last) })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	event := ""
	for lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = after
		}
		if event += lines.Text() + "\n"; lines.Text() != "" {
			continue
		}
		found := true
		for _, w := range words {
			found = found && strings.Contains(event, w)
		}
		if found {
			return id
		}
		event = ""
	}
	t.Fatalf("no event with %q: %v", words, lines.Err())
	return ""
}

// A page gets earlier events, new ones, and after a reconnect those it missed.
func TestEvents(t *testing.T) {
	p := start(t, playground.Options{})
	say := func(text string) {
		t.Helper()
		var state struct{ People []struct{ Token string } }
		if err := json.NewDecoder(request(t, t.Context(), p.URL()+"/playground/state", nil).Body).Decode(&state); err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"toPersonEmail":"overwatch@webex.bot","markdown":%q}`, text)
		resp := request(t, t.Context(), p.URL()+"/v1/messages", func(r *http.Request) {
			r.Method, r.Body = http.MethodPost, io.NopCloser(strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+state.People[0].Token)
			r.Header.Set("Content-Type", "application/json")
		})
		if resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Status)
		}
	}
	stream(t, p, "", `"kind":"message"`, "Hello, I'm Overwatch") // now the bot is connected
	say("vrf r1")
	stream(t, p, "", "event: restconf", `"device":"r1"`, "native/vrf")
	stream(t, p, "", "event: webex", `"kind":"frame"`, "conversation.activity")
	id := stream(t, p, "", "event: webex", `"kind":"message"`, "Show VRFs")
	say("vrf r2")
	stream(t, p, id, "event: restconf", `"device":"r2"`)
}

// A page gets "restarted" if its last event is from an earlier run.
func TestEventsAfterARestart(t *testing.T) {
	p := start(t, playground.Options{})
	stream(t, p, "FORMERRUN.900.100", "event: restarted")
	id := stream(t, p, "FORMERRUN.900.100", "event: webex", `"kind":"message"`) // and still gets all events
	if got := first(t, p, id); strings.Contains(got, "restarted") {
		t.Errorf("got restarted within the same run: %s", got)
	}
}

// first returns the first line of a stream.
func first(t *testing.T, p running, last string) string {
	t.Helper()
	resp := request(t, t.Context(), p.URL()+"/playground/events", func(r *http.Request) { r.Header.Set("Last-Event-ID", last) })
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestInventoryGoesWithThePlayground(t *testing.T) {
	var path string
	t.Run("while it runs", func(t *testing.T) {
		p := start(t, playground.Options{NoBot: true})
		path = p.Inventory()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("readable by others: %v", info.Mode())
		}
	})
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the inventory still exists: %v", err)
	}
}

// Other Webex clients get a bot and a token of their own; people belong to their email's organization.
func TestGuests(t *testing.T) {
	p := start(t, playground.Options{NoBot: true, Bots: []string{"Net Tool"}, People: []string{"carol.jones@elsewhere.example", "dave@example.com"}})
	orgs := map[string]string{}
	for _, g := range p.Guests() {
		var me struct{ DisplayName, OrgID, Type string }
		resp := request(t, t.Context(), p.URL()+"/v1/people/me", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+g.Token) })
		if err := json.NewDecoder(resp.Body).Decode(&me); err != nil {
			t.Fatal(err)
		}
		orgs[me.DisplayName+" "+me.Type] = me.OrgID
	}
	if orgs["Net Tool bot"] == "" || orgs["Net Tool bot"] != orgs["Dave person"] || orgs["Carol Jones person"] == "" || orgs["Carol Jones person"] == orgs["Dave person"] {
		t.Errorf("got %v", orgs)
	}
	for _, o := range []playground.Options{{Bots: []string{"Overwatch"}}, {Bots: []string{"a@b"}}, {People: []string{"nonsense"}}, {People: []string{"alice@example.com"}}} {
		o.NoBot, o.Listen, o.Log = true, "127.0.0.1:0", logrus.New()
		if _, err := playground.New(t.Context(), o); err == nil {
			t.Errorf("%v %v is taken", o.Bots, o.People)
		}
	}
}

// A foreign page can't inject faults, by its origin or by a DNS name of its own.
func TestForeignPagesInjectNoFaults(t *testing.T) {
	p := start(t, playground.Options{NoBot: true})
	for _, c := range []struct {
		origin, site, host string
		want               int
	}{
		{"", "", "", 204},
		{p.URL(), "same-origin", "", 204},
		{"http://evil.example", "", "", 403},
		{"http://evil.example", "cross-site", "", 403},
		{"null", "", "", 403},
		{"", "", "evil.example", 421},
		{"http://evil.example", "", "evil.example", 421},
	} {
		resp := request(t, t.Context(), p.URL()+"/playground/faults/cut", func(r *http.Request) {
			r.Method, r.Host = http.MethodPost, c.host
			for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
		})
		if resp.StatusCode != c.want {
			t.Errorf("origin %q, host %q: got %d, want %d", c.origin, c.host, resp.StatusCode, c.want)
		}
	}
}
