package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"overwatch/internal/config"
	"overwatch/internal/sim/webexsim"
)

// refusal is a way in which Webex, or what stands between, doesn't do what it is asked.
type refusal struct {
	name    string
	respond func(out http.ResponseWriter, r *http.Request)
	passes  int  // after so many requests; 0 for never
	missing bool // it says that something doesn't exist
}

func status(code int, contentType, body string) func(http.ResponseWriter, *http.Request) {
	return func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", contentType)
		out.WriteHeader(code)
		_, _ = io.WriteString(out, body)
	}
}

// cut ends the connection without a response, or behind half of one.
func cut(half string) func(http.ResponseWriter, *http.Request) {
	return func(out http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(out).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, half)
			_ = conn.Close()
		}
	}
}

func refusals() (list []refusal) {
	for _, code := range []int{400, 401, 403, 404, 409, 413, 423, 500} {
		list = append(list, refusal{name: fmt.Sprint(code), respond: status(code, "application/json", `{"message":"no","trackingId":"T"}`), missing: code == http.StatusNotFound})
	}
	return append(list,
		refusal{name: "502 with HTML", respond: status(http.StatusBadGateway, "text/html", "<html><h1>Bad gateway</h1>")},
		refusal{name: "200 with HTML", respond: status(http.StatusOK, "text/html", "<html>Sign in to the network")},
		refusal{name: "200 with other JSON", respond: status(http.StatusOK, "application/json", `{"id":["x"],"inputs":"x"}`)},
		refusal{name: "cut", respond: cut("")},
		refusal{name: "cut in the middle", respond: cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":")},
		refusal{name: "429 twice", passes: 2, respond: func(out http.ResponseWriter, r *http.Request) {
			out.Header().Set("Retry-After", "1")
			status(http.StatusTooManyRequests, "application/json", `{}`)(out, r)
		}},
		refusal{name: "503 once", passes: 1, respond: status(http.StatusServiceUnavailable, "text/plain", "upstream")},
		refusal{name: "a cut once", passes: 1, respond: cut("")},
	)
}

// call is a request of the bot to Webex, as far as a stage is recognized by it.
type call struct {
	method, path string
	card, file   bool
	where        string // all of its body, or of the response of Webex to a GET
}

// refusedStage is what the bot does when something is refused for good, and what the person is told.
type refusedStage struct {
	name    string
	matches func(c call, x *person) bool
	ask     string // what the person writes; a press of Refresh where empty
	told    string // what the bot says then
	direct  bool   // it says so in the direct space
	dead    bool   // and there is a dead letter
	missing string // what it says instead when something doesn't exist
}

// What the bot says.
const (
	answer    = "**Show VRFs** on **r1** (3 rows"
	givenUp   = "I couldn't handle what you sent."
	elsewhere = "I couldn't reply in the space where you asked."
	unknown   = "I couldn't verify who you are"
	nothing   = "-"
)

func stages() []refusedStage {
	fetched := func(path string) func(call, *person) bool {
		return func(c call, x *person) bool {
			return c.method == http.MethodGet && strings.HasPrefix(c.path, path) && strings.Contains(c.where, x.group)
		}
	}
	to := func(c call, place string) bool {
		return c.method == http.MethodPost && c.path == "/v1/messages" && strings.Contains(c.where, place)
	}
	return []refusedStage{
		{name: "fetch a message", matches: fetched("/v1/messages/"), ask: "vrf r1", told: givenUp, dead: true, missing: nothing},
		{name: "fetch a press", matches: fetched("/v1/attachment/actions/"), told: givenUp, dead: true, missing: givenUp},
		{name: "look up the person", matches: func(c call, x *person) bool { return c.path == "/v1/people/"+x.who.ID }, ask: "vrf r1", told: unknown, missing: unknown},
		{name: "look up the space", matches: func(c call, x *person) bool { return c.path == "/v1/rooms/"+x.group }, ask: "vrf r1", told: unknown, missing: unknown},
		{name: "send a card", matches: func(c call, x *person) bool { return to(c, x.group) && c.card }, ask: "vrf r1", told: answer, missing: elsewhere},
		{name: "send a file", matches: func(c call, x *person) bool { return to(c, x.group) && c.file }, ask: "vrf r1 csv", told: "Webex", missing: elsewhere},
		{name: "send to the space", matches: func(c call, x *person) bool { return to(c, x.group) }, ask: "vrf r1", told: elsewhere, direct: true, missing: elsewhere},
		{name: "send anything", matches: func(c call, x *person) bool { return to(c, x.group) || to(c, x.direct) || to(c, x.who.ID) }, ask: "vrf r1", told: nothing, dead: true, missing: nothing},
	}
}

// person is somebody with spaces of their own, in which one stage is refused in one way.
type person struct {
	who           webexsim.Person
	group, direct string
	stage         refusedStage
	refusal       refusal
	said          chan map[string]any

	mu      sync.Mutex
	refused int  // requests so far
	lifted  bool // nothing is refused any more
}

// refusing begins or ends the refusals, and returns how many there were.
func (x *person) refusing(begin bool) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lifted = !begin
	return x.refused
}

// refuse reports whether a call is refused.
func (x *person) refuse(c call) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.lifted || x.refusal.respond == nil || x.refusal.passes > 0 && x.refused >= x.refusal.passes || !x.stage.matches(c, x) {
		return false
	}
	x.refused++
	return true
}

// next waits for what the bot says to this person; progress is passed over.
func (x *person) next() (message map[string]any, text string, err error) {
	timeout := time.After(within)
	for {
		select {
		case m := <-x.said:
			if text := m["markdown"].(string); !strings.HasPrefix(text, "Querying ") {
				return m, text, nil
			}
		case <-timeout:
			return nil, "", errors.New("it said nothing")
		}
	}
}

// Whatever Webex refuses, at whichever stage and by whichever transport: the person is told in the next
// simpler form, or there is a dead letter; and their space goes on.
func TestRefusalsAtEveryStage(t *testing.T) {
	for _, way := range []string{"webhook", "websocket", "polling"} {
		for name, holdsUp := range map[string]time.Duration{
			"for good":    time.Second,
			"for a while": 0, // the bot's own time: retries come late on a busy machine
		} {
			t.Run(way+", "+name, func(t *testing.T) {
				_, with := rules(t, "rules:\n  - {deny: nobody, people: x@x.example, spaces: no such space}\n  - {permit: us, people: organization}\n")
				w := newWorldHolding(t, holdsUp, with, by(way))
				w.meetRefusals(w.refuseEachStage(way == "polling", holdsUp > 0))
			})
		}
	}
}

// meetRefusals has all people meet their refusals at the same time, and counts the dead letters.
func (w *world) meetRefusals(people []*person) {
	dead := 0
	for _, x := range people {
		if x.refusal.passes == 0 && x.stage.dead && (!x.refusal.missing || x.stage.missing != nothing) {
			dead++
		}
	}
	var all sync.WaitGroup
	for _, x := range people {
		all.Go(func() {
			if err := w.meetRefusal(x); err != nil {
				w.Errorf("%s, %s: %v", x.stage.name, x.refusal.name, err)
			}
		})
	}
	all.Wait()
	if _, text := w.get("/metrics"); !strings.Contains(text, fmt.Sprintf(`overwatch_inbox_events{state="dead"} %d`, dead)) {
		w.Errorf("there should be %d dead letters", dead)
	}
	if n := strings.Count(w.log.String(), `level=error msg="dead letter"`); n != dead {
		w.Errorf("the log names %d dead letters, want %d", n, dead)
	}
}

// by chooses a transport.
func by(way string) option {
	return func(c *config.Config) {
		c.Transport.Transport = way
		if way != "webhook" {
			c.Webhook.PublicURL = ""
		}
		c.Polling.PollEvery = 100 * time.Millisecond
		c.Webex.WebexU2CURL = strings.TrimSuffix(c.Webex.WebexAPIURL, "/v1") + "/u2c/api/v1"
	}
}

// refuseEachStage adds a person for each stage and each refusal of those for good or for a while.
func (w *world) refuseEachStage(noPresses, forGood bool) (people []*person) {
	w.Helper()
	done := make(chan struct{})
	w.Cleanup(func() { close(done) })
	go func() { // reads what w.expect would
		for {
			select {
			case <-w.said:
			case <-done:
				return
			}
		}
	}()
	// The bot greets a space as soon as there is one, which may be before it is known here.
	var mu sync.Mutex
	byRoom, early := map[string]*person{}, map[string][]map[string]any{}
	w.Cleanup(w.webex.Watch(func(e webexsim.Entry) {
		m := w.object(e)
		if e.Kind != "message" || m["personId"] != w.bot.ID {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		room := m["roomId"].(string)
		if x := byRoom[room]; x != nil {
			x.said <- m
		} else {
			early[room] = append(early[room], m)
		}
	}))
	for _, s := range stages() {
		for _, r := range refusals() {
			if s.ask == "" && noPresses || forGood != (r.passes == 0) {
				continue
			}
			n := len(people)
			x := &person{stage: s, refusal: r, said: make(chan map[string]any, 100), lifted: true}
			x.who = w.webex.AddPerson(fmt.Sprint("Person ", n), fmt.Sprintf("p%d@example.com", n), "example")
			x.direct = w.webex.Direct(x.who, w.bot)
			x.group = w.webex.AddRoom(fmt.Sprint("Space ", n), x.who, w.bot)
			people = append(people, x)
			mu.Lock()
			for _, room := range []string{x.direct, x.group} {
				byRoom[room] = x
				for _, m := range early[room] {
					x.said <- m
				}
			}
			mu.Unlock()
		}
	}
	w.intercept(func(out http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "Bearer "+w.bot.Token || !strings.HasPrefix(r.URL.Path, "/v1/") {
			return false
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return false
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c := call{method: r.Method, path: r.URL.Path, where: string(body), file: strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"), card: bytes.Contains(body, []byte("attachments"))}
		if r.Method == http.MethodGet {
			rec := httptest.NewRecorder()
			w.webex.ServeHTTP(rec, r)
			c.where = rec.Body.String()
		}
		for _, x := range people {
			if x.refuse(c) {
				x.refusal.respond(out, r)
				return true
			}
		}
		return false
	})
	return people
}

// meetRefusal has a person ask while a stage is refused, and then again.
func (w *world) meetRefusal(x *person) error {
	for range 2 {
		if _, text, err := x.next(); err != nil || !strings.Contains(text, "I'm Overwatch") {
			return fmt.Errorf("it greets with %q: %w", text, err)
		}
	}
	const question = "vrf r1"
	mention := "<@personId:" + w.bot.ID + "|bot> "
	if x.stage.ask == "" {
		w.say(x.who, x.group, mention+question)
		card, text, err := x.next()
		if err != nil || card["attachments"] == nil {
			return fmt.Errorf("before, it said %q: %w", text, err)
		}
		x.refusing(true)
		w.press(x.who, card, "Refresh", nil)
	} else {
		x.refusing(true)
		w.say(x.who, x.group, mention+x.stage.ask)
	}
	if err := w.told(x); err != nil {
		return err
	}
	if x.refusing(false) == 0 {
		return errors.New("nothing was refused")
	}
	w.say(x.who, x.group, mention+"vrf r2")
	if _, text, err := x.next(); err != nil || !strings.Contains(text, "**Show VRFs** on **r2**") {
		return fmt.Errorf("afterwards it said %q: %w", text, err)
	}
	return nil
}

// told waits for what a person should be told, or for the end of their event in the log.
func (w *world) told(x *person) error {
	want, direct := x.stage.told, x.stage.direct
	switch {
	case x.refusal.passes > 0 && strings.HasSuffix(x.stage.ask, "csv"):
		want, direct = "All rows", false
	case x.refusal.passes > 0:
		want, direct = answer, false
	case x.refusal.missing:
		want, direct = x.stage.missing, x.stage.missing == elsewhere
	}
	if want == nothing {
		outcome := `msg="dead letter"`
		if x.refusal.missing {
			outcome = "msg=gone"
		}
		return w.log.Has(outcome, x.group)
	}
	m, text, err := x.next()
	switch {
	case err != nil:
		return err
	case !strings.Contains(text, want), (m["roomId"] == x.direct) != direct:
		return fmt.Errorf("it said %q, in the direct space: %v", text, m["roomId"] == x.direct)
	case want == answer && (m["attachments"] == nil) != (x.stage.name == "send a card" && x.refusal.passes == 0):
		return fmt.Errorf("the cards of the answer: %v", m["attachments"])
	}
	return nil
}
