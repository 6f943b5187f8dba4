package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/secret"
)

// Settings of the bot.
const (
	token         = "bench-token-0123456789"
	webhookSecret = "bench-webhook-secret"
	cardKey       = "bench-card-key-0123456789"
	org           = "00000000-0000-4000-8000-0000000000aa"
	published     = "2026-11-23T08:20:32.000Z"
)

// id returns a public id. The number in it links replies to questions.
func id(kind string, n int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/" + kind + "/" + uuid(n)))
}

func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// number returns the number in a public id, or -1.
func number(id string) int {
	text, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(text) < 12 {
		return -1
	}
	n, err := strconv.Atoi(string(text[len(text)-12:]))
	if err != nil {
		return -1
	}
	return n
}

// me is the bot's number among the people.
const me = 999_999

// question is one question of a person. The root of its thread has the same number.
type question struct {
	number  int
	room    int
	content []byte // the message or action that the bot fetches
	pressed bool

	sent     time.Time
	acked    atomic.Int64 // ns since it was sent
	took     time.Duration
	said     posted        // the first reply
	answered chan struct{} // closed with the first reply
	answers  atomic.Int64
	once     sync.Once
}

// cloud is a fast fake Webex with only what the bot needs. internal/sim/webexsim is a realistic one.
type cloud struct {
	*server
	base    string
	seals   *button.Seals
	pause   pause
	calls   atomic.Int64
	replies atomic.Int64 // to questions

	numbers   atomic.Int64
	questions [1 << 20]atomic.Pointer[question]
	sockets   sockets

	mu       sync.Mutex
	webhooks []map[string]any
}

func newCloud() (*cloud, error) {
	c := &cloud{}
	c.server = newServer(c.serveAPI)
	var err error
	if c.seals, err = button.NewSeals(24*time.Hour, time.Now, secret.New(cardKey)); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.base = "http://" + l.Addr().String()
	c.serve(l)
	return c, c.sockets.listen(c.ack)
}

func (c *cloud) close() {
	c.sockets.close()
	c.server.close()
}

// ask creates a question in a space: a text, or a press of Show VRFs for a device.
func (c *cloud) ask(room int, text, query, device string) (*question, error) {
	q := &question{number: int(c.numbers.Add(1)), room: room, pressed: text == "", answered: make(chan struct{})}
	content := map[string]any{
		"id": id("MESSAGE", q.number), "roomId": id("ROOM", room), "roomType": "direct", "text": text,
		"personId": id("PEOPLE", room), "personEmail": email(room), "created": published,
	}
	if q.pressed {
		button := button.Press{Do: button.Run, Query: query, Device: device, Thread: id("MESSAGE", q.number)}.Data()
		c.seals.Card(uuid(room))(button)
		content = map[string]any{
			"id": id("ATTACHMENT_ACTION", q.number), "type": "submit", "roomId": id("ROOM", room), "personId": id("PEOPLE", room),
			"messageId": id("MESSAGE", me+q.number), "inputs": button, "created": published,
		}
	}
	var err error
	q.content, err = json.Marshal(content)
	c.questions[q.number%len(c.questions)].Store(q)
	return q, err
}

func email(person int) string { return fmt.Sprintf("person%d@bench.example", person) }

// find returns the question with a number, or nil.
func (c *cloud) find(n int) *question {
	if n < 0 {
		return nil
	}
	if q := c.questions[n%len(c.questions)].Load(); q != nil && q.number == n {
		return q
	}
	return nil
}

// ack records that a question was acknowledged.
func (c *cloud) ack(n int) {
	if q := c.find(n); q != nil {
		q.acked.Store(int64(time.Since(q.sent)))
	}
}

// said records a reply in a thread. Progress messages don't count.
func (c *cloud) said(p posted) {
	if q := c.find(number(p.ParentID)); q != nil && !strings.HasPrefix(p.Markdown, "Querying") {
		q.answers.Add(1)
		c.replies.Add(1)
		q.once.Do(func() {
			q.took, q.said = time.Since(q.sent), p
			close(q.answered)
		})
	}
}

func (c *cloud) serveAPI(r *http.Request) answer {
	c.calls.Add(1)
	c.pause.take()
	rest, api := strings.CutPrefix(r.URL.Path, "/v1/")
	if !api {
		return c.serveServices(r)
	}
	kind, thing, _ := strings.Cut(rest, "/")
	switch kind {
	case "attachment", "messages":
		if r.Method == http.MethodPost {
			return c.receive(r)
		}
		if q := c.find(number(strings.TrimPrefix(thing, "actions/"))); q != nil && r.Method == http.MethodGet {
			return answer{status: http.StatusOK, kind: "application/json", body: q.content}
		}
		if r.Method != http.MethodGet {
			return object(map[string]any{"id": thing}) // edited, or deleted
		}
	case "people":
		n := number(thing)
		if thing == "me" {
			n = me
		}
		return object(map[string]any{
			"id": id("PEOPLE", n), "emails": []string{email(n)}, "displayName": "Somebody", "type": map[bool]string{true: "bot", false: "person"}[n == me],
			"orgId": base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/ORGANIZATION/" + org)),
		})
	case "webhooks":
		return c.serveWebhooks(r)
	case "rooms", "memberships": // no missed messages
		return object(map[string]any{"items": []any{}})
	}
	return answer{status: http.StatusNotFound, kind: "application/json", body: []byte("{}")}
}

func object(v any) answer {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own maps always encode
	}
	return answer{status: http.StatusOK, kind: "application/json", body: text}
}

// posted holds the inspected parts of a message.
type posted struct {
	ParentID string `json:"parentId"`
	Markdown string `json:"markdown"` // beginning
	lines    int    // of the file
}

var created = []byte(`{"id":"` + id("MESSAGE", me) + `","roomId":"` + id("ROOM", 0) + `"}`)

// receive reads a message of the bot, with or without a file.
func (c *cloud) receive(r *http.Request) answer {
	var p posted
	kind, with, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
	case kind == "multipart/form-data":
		p, err = readForm(multipart.NewReader(r.Body, with["boundary"]))
	default:
		var body []byte
		if body, err = io.ReadAll(r.Body); err == nil {
			p.ParentID, p.Markdown = member(body, `"parentId":"`), member(body, `"markdown":"`)
		}
	}
	if err != nil {
		return answer{status: http.StatusBadRequest, kind: "text/plain", body: []byte(err.Error())}
	}
	c.said(p)
	return answer{status: http.StatusOK, kind: "application/json", body: created}
}

// member returns the beginning of a string member, without decoding the object.
func member(object []byte, name string) string {
	_, after, _ := bytes.Cut(object, []byte(name))
	after = after[:min(len(after), 200)]
	for i, c := range after {
		if c == '"' && (i == 0 || after[i-1] != '\\') {
			return string(after[:i])
		}
	}
	return string(after)
}

func readForm(form *multipart.Reader) (p posted, err error) {
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return p, nil
		} else if err != nil {
			return p, err
		}
		into := map[string]*string{"parentId": &p.ParentID, "markdown": &p.Markdown}[part.FormName()]
		if into == nil {
			if _, err := io.Copy((*lineCount)(&p.lines), part); err != nil {
				return p, err
			}
			continue
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return p, err
		}
		*into = string(text)
	}
}

// lineCount counts the lines written to it.
type lineCount int

// Write implements io.Writer.
func (l *lineCount) Write(p []byte) (int, error) {
	*l += lineCount(bytes.Count(p, []byte("\n")))
	return len(p), nil
}

func (c *cloud) serveWebhooks(r *http.Request) answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodGet {
		return object(map[string]any{"items": append([]map[string]any{}, c.webhooks...)})
	}
	hook := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&hook); err != nil {
		return answer{status: http.StatusBadRequest, kind: "text/plain", body: []byte(err.Error())}
	}
	hook["id"], hook["status"] = id("WEBHOOK", len(c.webhooks)), "active"
	if r.Method == http.MethodPost {
		c.webhooks = append(c.webhooks, hook)
	}
	return object(hook)
}

// forget removes the webhooks of a stopped bot.
func (c *cloud) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.webhooks = nil
}

// serveServices serves the catalog and the registration of the socket.
func (c *cloud) serveServices(r *http.Request) answer {
	host := strings.TrimPrefix(c.base, "http://")
	switch {
	case strings.HasSuffix(r.URL.Path, "/catalog"):
		return object(map[string]any{
			"serviceLinks": map[string]string{"wdm": c.base + "/wdm", "conversation": c.base + "/conversation"},
			"hostCatalog":  map[string]any{host: []map[string]string{{"host": host, "id": "urn:TEAM:us-east-2_a:conversation"}}},
		})
	case r.URL.Path == "/wdm/devices" && r.Method == http.MethodGet:
		return answer{status: http.StatusNotFound, kind: "application/json", body: []byte("{}")}
	case strings.HasPrefix(r.URL.Path, "/wdm/devices"):
		return object(map[string]any{"url": c.base + "/wdm/devices/1", "webSocketUrl": c.sockets.url, "name": "bench", "modificationTime": published})
	}
	return answer{status: http.StatusNotFound, kind: "application/json", body: []byte("{}")}
}
