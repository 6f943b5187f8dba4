package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"overwatch/internal/app"
	"overwatch/internal/config"
	"overwatch/internal/inbox"
	"overwatch/internal/playground"
	"overwatch/internal/secret"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/sim/webexspec"
	"overwatch/internal/webex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "the webhooks' secret"

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
	log   logText
	said  chan webexsim.Entry // what the bot says
}

type option func(*config.Config)

// logText is what the bot logged so far.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
	seen int           // bytes that logged has passed
	more chan struct{} // closed by the next line; nil while nobody waits
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return l.text.Write(p)
}

// logged waits for a text in the log, behind the one it waited for before.
func (w *world) logged(text string) {
	w.Helper()
	timeout := time.After(time.Minute) // the machine may be busy
	for {
		w.log.mu.Lock()
		at := strings.Index(w.log.text.String()[w.log.seen:], text)
		if at >= 0 {
			w.log.seen += at + len(text)
			w.log.mu.Unlock()
			return
		}
		if w.log.more == nil {
			w.log.more = make(chan struct{})
		}
		more := w.log.more
		w.log.mu.Unlock()
		select {
		case <-more:
		case <-timeout:
			w.Fatalf("the log has no %q", text)
		}
	}
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, said: make(chan webexsim.Entry, 100)}
	w.webex = webexsim.New(webexsim.Options{})
	t.Cleanup(w.webex.Close)
	spec, err := webexspec.Load()
	if err != nil {
		t.Fatal(err)
	}
	w.cloud = httptest.NewServer(spec.Check(t, w.webex, true))
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
	log := logrus.New()
	log.SetOutput(io.MultiWriter(t.Output(), &w.log))
	log.SetFormatter(&logrus.TextFormatter{DisableColors: true})
	if w.app, err = app.New(t.Context(), settings, listener, log); err != nil {
		t.Fatal(err)
	}
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
	case <-time.After(time.Minute):
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
	timeout := time.After(time.Minute) // the machine may be busy
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

func TestPressAndTypeGiveTheSame(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	asked := w.say(w.alice, room, "hello")
	form := w.expect("Type a query and a device")
	if form["parentId"] != asked["id"] {
		t.Error("the form isn't in the thread of the message")
	}
	w.press(w.alice, form, "Show VRFs", map[string]any{"device": "r1"})
	pressed := w.expect("**Show VRFs** on **r1** (3 rows", "CORP", "65000:1")
	if pressed["parentId"] != asked["id"] {
		t.Error("the answer isn't in the thread of the message")
	}
	w.say(w.alice, room, "  VRFS   R1 ")
	typed := w.expect("**Show VRFs** on **r1** (3 rows", "CORP", "65000:1")
	rows := func(m map[string]any) string {
		_, rest, _ := strings.Cut(m["markdown"].(string), "\n")
		return rest
	}
	if rows(pressed) != rows(typed) {
		t.Errorf("pressed gives\n%s\ntyped gives\n%s", rows(pressed), rows(typed))
	}
	w.press(w.alice, typed, "Refresh", nil)
	w.expect("**Show VRFs** on **r1**")
	w.press(w.alice, typed, "All rows (CSV)", nil)
	file := w.expect("All rows of **Show VRFs** on **r1**")
	url := file["files"].([]any)[0].(string)
	csv := w.call(w.alice, http.MethodGet, strings.TrimPrefix(url, w.cloud.URL+"/v1/"), nil)
	if want := "\ufeffVRF,RD,Description,Address families,Interfaces\nCORP,65000:1,Staff,"; !strings.HasPrefix(csv["text"].(string), want) {
		t.Errorf("the file begins %q", csv["text"])
	}
}

// In a group space the bot is mentioned; its name here is full of signs that patterns give a meaning.
func TestGroupSpace(t *testing.T) {
	w := newWorld(t)
	room := w.webex.AddRoom("Network operations", w.alice, w.bob, w.bot)
	w.expect("I only see messages that @mention me")
	w.say(w.alice, room, "vrf r1")
	mention := fmt.Sprintf("<@personId:%s|C++ (bot) [x]*>", w.bot.ID)
	asked := w.say(w.alice, room, mention+" vrf r2")
	card := w.expect("**Show VRFs** on **r2**", "VOICE")
	if card["parentId"] != asked["id"] {
		t.Error("the answer isn't in the thread")
	}
	// Anybody in the space may press, and the answer goes where the card is.
	w.press(w.bob, card, "Another device", nil)
	form := w.expect("Type a query and a device")
	if form["parentId"] != asked["id"] {
		t.Error("the form isn't in the thread of the card")
	}
	w.press(w.bob, form, "Show VRFs", map[string]any{"device": "r3"})
	w.expect("No VRFs are configured.")
}

func TestEveryKindOfDevice(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	for text, want := range map[string]string{
		"vrf r3":          "No VRFs are configured.",
		"vrf r4":          "LEGACY",
		"interfaces sw2":  "10 of 48 rows",
		"vrf core1":       "10 of 60 rows",
		"version slow1":   "17.12.1",
		"vrf locked1":     "locked1 refused the login of user netops.",
		"vrf down1":       "down1 refuses connections",
		"bgp r3":          "No BGP neighbors.",
		"arp r4":          "00:00:5e:04:00:01",
		"vfr r1":          "Did you mean `vrf r1`",
		"vrf r11":         "Did you mean `vrf r1`",
		"port Gi9 r1":     "Can't tell: r1 returned no data for this query. It has no",
		"vrf nonsense99":  "No device or group is called \"nonsense99\".",
		"help":            "`vrf DEVICE`",
		"devices":         "**core1**",
		"vrf":             "such as `vrf core1`",
		"r1":              "such as `vrf r1`",
		"vrf r1 and more": "I don't know what \"more\" means here.",
	} {
		w.say(w.alice, room, text)
		w.expect(want)
	}
}

func TestFaultsOfDevicesAreNamed(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	for name, c := range map[string]struct {
		fault devicesim.Fault
		want  string
	}{
		"busy":       {devicesim.Fault{Status: 503, Times: 2}, "r1 is busy (status 503)."},
		"forbidden":  {devicesim.Fault{Status: 403}, "r1 doesn't let user netops read this."},
		"a web page": {devicesim.Fault{HTML: true}, "r1 sent text/html instead of data."},
		"elsewhere":  {devicesim.Fault{Redirect: "https://example.com/"}, "r1 answered with a redirect"},
		"cut off":    {devicesim.Fault{Cut: true}, "r1 broke off in the middle of its response."},
	} {
		t.Run(name, func(t *testing.T) {
			w.lab.Fail("r1", c.fault)
			w.say(w.alice, room, "bgp r1")
			card := w.expect(c.want)
			w.press(w.alice, card, "Retry", nil)
			w.expect("**BGP neighbors** on **r1** (3 rows")
		})
	}
}

// A device that is busy for a moment gets the request once more, which nobody sees.
func TestBusyForAMoment(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.lab.Fail("r1", devicesim.Fault{Status: 503})
	w.say(w.alice, room, "bgp r1")
	w.expect("**BGP neighbors** on **r1** (3 rows")
}

// Nothing that isn't a right delivery is stored, and the bot answers on.
func TestHostileDeliveries(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	good := `{"resource":"messages","event":"created","data":{"id":"gone"}}`
	huge := `{"resource":"messages","event":"created","data":{"id":"` + strings.Repeat("x", 70_000) + `"}}`
	for name, c := range map[string]struct {
		body, signature string
		want            int
	}{
		"no signature":        {good, "", http.StatusUnauthorized},
		"a forged signature":  {good, sign("something else"), http.StatusUnauthorized},
		"no hexadecimal":      {good, "zz", http.StatusUnauthorized},
		"an oversized body":   {huge, sign(huge), http.StatusRequestEntityTooLarge},
		"malformed JSON":      {`{"resource":`, sign(`{"resource":`), http.StatusBadRequest},
		"no JSON at all":      {"hello", sign("hello"), http.StatusBadRequest},
		"a list":              {"[]", sign("[]"), http.StatusBadRequest},
		"data of wrong types": {`{"resource":"messages","event":"created","data":7}`, sign(`{"resource":"messages","event":"created","data":7}`), http.StatusBadRequest},
		"no id":               {`{"resource":"messages","event":"created","data":{}}`, sign(`{"resource":"messages","event":"created","data":{}}`), http.StatusBadRequest},
		"an unknown resource": {`{"resource":"meetings","event":"created","data":{"id":"x"}}`, sign(`{"resource":"meetings","event":"created","data":{"id":"x"}}`), http.StatusOK},
		"an unknown event":    {`{"resource":"messages","event":"seen","data":{"id":"x"}}`, sign(`{"resource":"messages","event":"seen","data":{"id":"x"}}`), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.deliver(c.body, c.signature); got != c.want {
				t.Errorf("answered %d, want %d", got, c.want)
			}
		})
	}
	w.silent(room)
}

// A message deleted before it is fetched: a few tries, then nothing; other spaces aren't held up.
func TestMessageGoneBeforeItIsFetched(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	body := fmt.Sprintf(`{"resource":"messages","event":"created","actorId":%q,"data":{"id":"Y2lzY29zcGFyazovL3VzL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTktZGQ1YjNkZmM1NjVk","roomId":"another"}}`, w.alice.ID)
	if got := w.deliver(body, sign(body)); got != http.StatusOK {
		t.Fatalf("answered %d", got)
	}
	w.silent(room)
}

// Whatever somebody posts to a card, the outcome is clear, and the bot runs on.
func TestForgedSubmissions(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.say(w.alice, room, "hello")
	form := w.expect("Type a query and a device")
	for name, c := range map[string]struct {
		button string
		inputs map[string]any
		want   string
	}{
		"nothing at all":      {"", map[string]any{}, "This card is too old to be pressed."},
		"an unknown device":   {"Show VRFs", map[string]any{"device": "nonsense99"}, "No device or group is called"},
		"no device":           {"Show VRFs", map[string]any{}, "Choose a device first."},
		"an empty device":     {"Show VRFs", map[string]any{"device": ""}, "Choose a device first."},
		"a list of devices":   {"Show VRFs", map[string]any{"device": []any{"r1"}}, "I can't read what this card sent."},
		"a number":            {"Show VRFs", map[string]any{"device": 1}, "I can't read what this card sent."},
		"another version":     {"Show VRFs", map[string]any{"device": "r1", "_ow": "9"}, "This button was altered or belongs to another card"},
		"another act":         {"Show VRFs", map[string]any{"device": "r1", "_do": "delete"}, "This button was altered or belongs to another card"},
		"an unknown query":    {"Show VRFs", map[string]any{"device": "r1", "_query": "../secrets"}, "This button was altered or belongs to another card"},
		"a thread of others":  {"Show VRFs", map[string]any{"device": "r1", "_thread": "elsewhere"}, "This button was altered or belongs to another card"},
		"inputs of nobody":    {"Show VRFs", map[string]any{"device": "r1", "extra": map[string]any{"a": 1}}, "**Show VRFs** on **r1**"},
		"a name with a break": {"Show VRFs", map[string]any{"device": "r1\r\nHost: x"}, "No device or group is called"},
	} {
		t.Run(name, func(t *testing.T) {
			w.press(w.alice, form, c.button, c.inputs)
			w.expect(c.want)
		})
	}
	w.say(w.alice, room, "port r1")
	port := w.expect("Enter an interface")
	for name, c := range map[string]struct {
		input any
		want  string
	}{
		"left empty":   {"", "Type a query and a device"},
		"too long":     {strings.Repeat("x", 300), "Type a query and a device"},
		"not a string": {7, "Type a query and a device"},
		"a path":       {"x?depth=1", "**One interface** on **r1** (0 rows"}, // a key like any other
	} {
		t.Run("an input "+name, func(t *testing.T) {
			w.press(w.alice, port, "One interface", map[string]any{"device": "r1", "name": c.input})
			w.expect(c.want)
		})
	}
	w.press(w.alice, port, "One interface", map[string]any{"device": "r1", "name": "GigabitEthernet1/../../x"})
	w.expect("Can't tell: r1 returned no data for this query. It has no")
	w.silent(room)
}

func TestDeliveredTwiceIsAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.webex.DeliverTwice(1)
	w.say(w.alice, room, "vrf r1")
	w.expect("**Show VRFs** on **r1**")
	w.silent(room)
}

func TestWebexLimitsTheRate(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodGet, Path: "/v1/messages/", Status: 503})
	w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodPost, Path: "/v1/messages", Status: 429, RetryAfter: time.Second, Times: 2})
	before := len(w.lab.Recent())
	w.say(w.alice, room, "vrf r1")
	w.expect("**Show VRFs** on **r1**")
	if asked := len(w.lab.Recent()) - before; asked != 3 {
		t.Errorf("the device got %d requests, want the template's three", asked)
	}
}

// The proof that adding a query is adding a file: it is dropped into a directory, and its button is
// there.
func TestAQueryIsAFile(t *testing.T) {
	dir := t.TempDir()
	text := "title: Show host name\nwords: [host name]\norder: 1\nplatforms:\n  ios-xe:\n    requests:\n" +
		"      - get: Cisco-IOS-XE-native:native/hostname\n    facts:\n      - {title: Name, from: hostname}\n"
	if err := os.WriteFile(filepath.Join(dir, "hostname.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *config.Config) { c.Templates = dir })
	room := w.direct(w.alice)
	w.say(w.alice, room, "hello")
	form := w.expect("Type a query and a device")
	w.press(w.alice, form, "Show host name", map[string]any{"device": "r2"})
	w.expect("**Show host name** on **r2** (1 row", "Name: r2")
	w.say(w.alice, room, "show host name of r1")
	w.expect("Name: r1")
	w.say(w.alice, room, "help")
	w.expect("`host name DEVICE`")
}

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
