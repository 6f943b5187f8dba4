package soak_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/playground"
	"overwatch/internal/secret"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/webex"
)

// world is the environment of the bot, and the outcome of every question.
type world struct {
	*testing.T
	sim    *webexsim.Sim
	lab    *devicesim.Lab
	cloud  string
	client *http.Client
	bot    webexsim.Person
	people []webexsim.Person
	rooms  []string
	cards  []string // a card of the bot in each space
	seals  *button.Seals
	dir    string
	binary string

	seen chan struct{} // has a token when see may have changed what follows

	mu        sync.Mutex
	answers   map[string]int    // by the root of the thread that a question is answered in
	pressed   map[string]string // the root of a press, by the id of its action
	told      map[string]string // the id of an action, by the id of the frame that told of it
	acked     map[string]bool   // actions that were acknowledged
	unmatched map[string]bool   // ids of actions that were acknowledged before we knew them
}

// built builds the program once.
var built = sync.OnceValues(func() (string, error) { return build("overwatch/cmd/overwatch") })

// binaries is where programs are built.
var binaries = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "overwatch-soak-") })

// build builds a program and returns its path.
func build(program string) (string, error) {
	dir, err := binaries()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, strings.ReplaceAll(program, "/", "-"))
	out, err := exec.Command("go", "build", "-o", path, program).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := binaries(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// pace waits for a random time of at most this. People take a while between two messages: nothing is
// waited for.
func pace(most time.Duration) { time.Sleep(rand.N(most)) }

func newWorld(t *testing.T, people int) *world {
	t.Helper()
	w := &world{
		T: t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, dir: t.TempDir(),
		seen: make(chan struct{}, 1), answers: map[string]int{}, pressed: map[string]string{}, told: map[string]string{}, acked: map[string]bool{}, unmatched: map[string]bool{},
	}
	var err error
	if w.binary, err = built(); err != nil {
		t.Fatal(err)
	}
	w.sim = webexsim.New(webexsim.Options{})
	srv := httptest.NewServer(w.sim)
	w.cloud = srv.URL
	w.sim.SetBaseURL(w.cloud + "/v1")
	if w.lab, err = devicesim.Start(devicesim.Options{Slow: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		w.sim.Close()
		srv.Close()
		w.lab.Close()
	})
	if w.seals, err = button.NewSeals(24*time.Hour, time.Now, secret.New(cardKey)); err != nil {
		t.Fatal(err)
	}
	w.bot = w.sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
	for i := range people {
		p := w.sim.AddPerson(fmt.Sprintf("Person %d", i), fmt.Sprintf("person%d@example.com", i), "example")
		w.people = append(w.people, p)
		room := w.sim.Direct(p, w.bot)
		w.rooms = append(w.rooms, room)
		w.cards = append(w.cards, w.post(w.bot, "messages", `{"roomId":"`+room+`","markdown":"a card","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",`+
			`"content":{"type":"AdaptiveCard","version":"1.3","body":[],"actions":[{"type":"Action.Submit","title":"Help"}]}}]}`))
	}
	t.Cleanup(w.sim.Watch(w.see))
	if _, err := playground.WriteInventory(w.dir, w.lab); err != nil {
		t.Fatal(err)
	}
	return w
}

// cardKey is the key with which the bots seal their cards.
const cardKey = "the-key-of-all-replicas"

// post sends a POST request to the simulated Webex and returns the id of the created object.
func (w *world) post(who webexsim.Person, path, body string) string {
	w.Helper()
	for {
		req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.cloud+"/v1/"+path, strings.NewReader(body))
		if err != nil {
			w.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+who.Token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := w.client.Do(req)
		if err != nil {
			w.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
			continue // a fault that was meant for the bot
		}
		if err != nil || resp.StatusCode != http.StatusOK {
			w.Fatalf("%s: %s %s %v", path, resp.Status, text, err)
		}
		var made struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(text, &made); err != nil {
			w.Fatal(err)
		}
		return made.ID
	}
}

// see records which questions were acknowledged and answered.
func (w *world) see(e webexsim.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() {
		select {
		case w.seen <- struct{}{}:
		default:
		}
	}()
	switch e.Kind {
	case "message":
		m, _ := json.Marshal(e.Data)
		var said struct{ PersonID, ParentID string }
		if json.Unmarshal(m, &said) == nil && said.PersonID == w.bot.ID && said.ParentID != "" {
			w.answers[said.ParentID]++
		}
	case "delivery":
		var d struct {
			Resource string
			Data     struct{ ID string }
		}
		if json.Unmarshal([]byte(e.Body), &d) == nil && d.Resource == "attachmentActions" && e.Status == http.StatusOK {
			w.acked[d.Data.ID] = true
		}
	case "frame":
		var f struct {
			ID, Type, MessageID string
			Data                struct{ Activity struct{ ID, Verb string } }
		}
		if json.Unmarshal([]byte(e.Body), &f) != nil {
			return
		}
		if f.Data.Activity.Verb == "cardAction" {
			w.told[f.ID] = f.Data.Activity.ID
		}
		if uuid := w.told[f.MessageID]; f.Type == "ack" && uuid != "" {
			w.acked[actionID(uuid)] = true
		}
	}
}

// ask sends a question of a person: a message, or a button press.
func (w *world) ask(i int) (root, action string) {
	w.Helper()
	n := rand.IntN(len(w.people))
	text := "help"
	if i%10 == 0 {
		text = "vrf r1"
	}
	if i%3 > 0 {
		return w.post(w.people[n], "messages", fmt.Sprintf(`{"roomId":%q,"markdown":%q}`, w.rooms[n], text)), ""
	}
	root = w.post(w.bot, "messages", fmt.Sprintf(`{"roomId":%q,"markdown":"root %d"}`, w.rooms[n], i))
	button := map[string]string{"_ow": "1", "_do": "help", "_thread": root}
	w.seals.Card(webex.UUID(w.rooms[n]))(button) // as if the bot had drawn it
	inputs, err := json.Marshal(button)
	if err != nil {
		w.Fatal(err)
	}
	action = w.post(w.people[n], "attachment/actions", fmt.Sprintf(`{"type":"submit","messageId":%q,"inputs":%s}`, w.cards[n], inputs))
	return root, action
}

// process is a running bot.
type process struct {
	*world
	cmd     *exec.Cmd
	address string
	out     bytes.Buffer
	done    chan struct{}
}

// freePort returns a local address with an unused port.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs overwatch serve; more are further settings.
func (w *world) start(address, data string, more ...string) *process {
	w.Helper()
	p := &process{world: w, address: address, done: make(chan struct{})}
	p.cmd = exec.Command(w.binary, "serve")
	p.cmd.Dir = w.dir
	p.cmd.Env = append(os.Environ(),
		"OVERWATCH_WEBEX_API_URL="+w.cloud+"/v1", "OVERWATCH_WEBEX_U2C_URL="+w.cloud+"/u2c/api/v1", "OVERWATCH_WEBEX_BOT_TOKEN="+w.bot.Token,
		"OVERWATCH_INVENTORY="+filepath.Join(w.dir, "devices.yaml"), "OVERWATCH_LISTEN="+address, "OVERWATCH_DATA_DIR="+filepath.Join(w.dir, data),
		"OVERWATCH_CARD_KEY="+cardKey, "OVERWATCH_PERSON_RATE=0", "OVERWATCH_SPACE_RATE=0", "OVERWATCH_DEVICE_RATE=0", "OVERWATCH_LOG_LEVEL=warn")
	p.cmd.Env = append(p.cmd.Env, more...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	go func() { defer close(p.done); _ = p.cmd.Wait() }()
	w.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop stops the bot with SIGTERM.
func (p *process) stop() {
	p.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.Errorf("it ended with %d:\n%s", code, p.tail())
		}
	case <-time.After(time.Minute):
		p.Errorf("it doesn't stop:\n%s", p.tail())
	}
}

// tail returns the end of the output. The process must have ended.
func (p *process) tail() string {
	text := p.out.String()
	return text[max(0, len(text)-4000):]
}

// ready waits until the bot is ready.
func (p *process) ready() {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	for {
		if status, _ := p.get(ctx, "/readyz"); status == http.StatusOK {
			return
		}
		select {
		case <-ctx.Done():
			p.kill()
			p.Fatalf("it doesn't get ready:\n%s", p.tail())
		case <-p.done:
			p.Fatalf("it ended:\n%s", p.tail())
		case <-time.After(20 * time.Millisecond): // how often another process is asked
		}
	}
}

func (p *process) get(ctx context.Context, path string) (int, string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path, nil)
	if err != nil {
		return 0, ""
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// count counts the outcomes of questions.
type count struct{ asked, unanswered, doubled, surplus, unheard int }

// tally counts the questions that should have an answer and have none, those with more than one, and the
// presses that were never acknowledged, which are lost.
func (w *world) tally(questions map[string]string) (c count) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for root, action := range questions {
		c.asked++
		switch n := w.answers[root]; {
		case n > 1:
			c.doubled++
			c.surplus += n - 1
		case n == 0 && action != "" && !w.acked[action]:
			c.unheard++
		case n == 0:
			c.unanswered++
		}
	}
	return c
}

// recount reads from the spaces themselves what was answered: who watches a simulation under load may
// miss some of it.
func (w *world) recount() {
	w.Helper()
	answers := map[string]int{}
	for _, room := range w.rooms {
		next := w.cloud + "/v1/messages?max=1000&roomId=" + room
		for next != "" {
			req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, next, nil)
			if err != nil {
				w.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+w.bot.Token)
			resp, err := w.client.Do(req)
			if err != nil {
				w.Fatal(err)
			}
			var page struct {
				Items []struct{ PersonID, ParentID string }
			}
			err = json.NewDecoder(resp.Body).Decode(&page)
			_ = resp.Body.Close()
			if err != nil {
				w.Fatal(err)
			}
			for _, m := range page.Items {
				if m.PersonID == w.bot.ID && m.ParentID != "" {
					answers[m.ParentID]++
				}
			}
			next, _, _ = strings.Cut(strings.TrimPrefix(resp.Header.Get("Link"), "<"), ">")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = answers
}

// quiet is after how long without a change nothing more is expected. Webex disables a webhook that failed
// too often, and the bot enables it again within a minute.
const quiet = 2 * time.Minute

// settle waits until everything is answered, or until nothing has changed for a while.
func (w *world) settle(questions map[string]string) count {
	last := w.tally(questions)
	gone := time.NewTimer(quiet)
	defer gone.Stop()
	for waits := true; waits && last.unanswered > 0; {
		select {
		case <-w.seen:
			if now := w.tally(questions); now != last {
				last = now
				gone.Reset(quiet)
			}
		case <-gone.C:
			waits = false
		}
	}
	w.recount()
	return w.tally(questions)
}
