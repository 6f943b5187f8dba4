package webexsim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"overwatch/internal/sim/webexsim"
)

// foreign is a client of the socket protocol that knows nothing but Webex's documents: it asks the
// catalog, registers, and speaks frames.
type foreign struct {
	*world
	who          webexsim.Person
	wdm          string
	conversation string
	catalog      map[string]any
}

func (w *world) foreign(who webexsim.Person) *foreign {
	w.Helper()
	r := w.must(who, "GET", strings.TrimSuffix(w.base, "/v1")+"/u2c/api/v1/catalog?format=hostmap", "")
	links := r.object["serviceLinks"].(map[string]any)
	return &foreign{w, who, links["wdm"].(string), links["conversation"].(string), r.object}
}

const device = `{"deviceName":"d","deviceType":"DESKTOP","localizedModel":"m","model":"m","name":%q,"systemName":"s","systemVersion":"1"}`

func (f *foreign) register(name string) reply {
	f.Helper()
	return f.must(f.who, "POST", f.wdm+"/devices?includeUpstreamServices=all", fmt.Sprintf(device, name))
}

// line is an open socket.
type line struct {
	*foreign
	conn *websocket.Conn
}

// dial opens the socket of a registration without saying who it is.
func (f *foreign) dial(at string) *line {
	f.Helper()
	conn, _, err := websocket.Dial(f.Context(), at+"?outboundWireFormat=text&bufferStates=true&aliasHttpStatus=true", nil)
	if err != nil {
		f.Fatal(err)
	}
	l := &line{f, conn}
	f.Cleanup(func() { _ = conn.CloseNow() })
	return l
}

// open opens a socket and waits until it is ready.
func (f *foreign) open(name string) *line {
	f.Helper()
	l := f.dial(f.register(name).text("webSocketUrl"))
	l.authorize("Bearer " + f.who.Token)
	l.ready()
	return l
}

func (l *line) send(format string, args ...any) {
	l.Helper()
	if err := l.conn.Write(l.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...)); err != nil {
		l.Fatal(err)
	}
}

func (l *line) authorize(token string) {
	l.Helper()
	l.send(`{"id":"1","type":"authorization","data":{"token":%q},"trackingId":"t"}`, token)
}

func (l *line) ready() {
	l.Helper()
	if f := l.next(); f.event() != "mercury.buffer_state" {
		l.Fatalf("the first frame is %s", f.event())
	}
}

// told is a frame.
type told struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Sequence int            `json:"sequenceNumber"`
	Headers  map[string]any `json:"headers"`
	Data     map[string]any `json:"data"`
	raw      []byte
}

func (f told) event() string { s, _ := f.Data["eventType"].(string); return s }

// at is the value below data at a path, as text.
func (f told) at(path string) string {
	var v any = f.Data
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (l *line) read() (told, error) {
	ctx, cancel := context.WithTimeout(l.Context(), time.Minute)
	defer cancel()
	var f told
	_, text, err := l.conn.Read(ctx)
	if err != nil {
		return f, err
	}
	f.raw = text
	return f, json.Unmarshal(text, &f)
}

func (l *line) next() told {
	l.Helper()
	f, err := l.read()
	if err != nil {
		l.Fatal(err)
	}
	return f
}

// activity is the next frame, which tells of an activity with that verb.
func (l *line) activity(verb string) told {
	l.Helper()
	f := l.next()
	if f.event() != "conversation.activity" || f.at("activity.verb") != verb {
		l.Fatalf("told %s, want %s", f.raw, verb)
	}
	return f
}

// closed expects the end of the socket with a code.
func (l *line) closed(code int) {
	l.Helper()
	for {
		_, err := l.read()
		var end websocket.CloseError
		switch {
		case err == nil:
			continue
		case errors.As(err, &end) && int(end.Code) == code, code == 1006 && !errors.As(err, &end):
			return
		}
		l.Fatalf("it ended with %v, want %d", err, code)
	}
}

func id(kind, uuid string) string { return encodeID("us", kind, uuid) }

func TestCatalog(t *testing.T) {
	w := newWorld(t)
	root := strings.TrimSuffix(w.base, "/v1")
	if r := w.send("wrong", "GET", root+"/u2c/api/v1/catalog", "", nil); r.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", r.status)
	}
	if r := w.send("", "GET", root+"/u2c/api/v1/limited/catalog?orgId=x&format=hostmap", "", nil); r.status != http.StatusOK {
		t.Errorf("the catalog for those who aren't logged in: %d", r.status)
	}
	f := w.foreign(w.bot)
	api, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{f.wdm, f.conversation} {
		u, err := url.Parse(service)
		if err != nil || u.Host == api.Host {
			t.Errorf("a service is at the API's own host: %s, %v", service, err)
		}
		entries, _ := f.catalog["hostCatalog"].(map[string]any)[u.Hostname()].([]any)
		if len(entries) == 0 || entries[0].(map[string]any)["id"] != "urn:TEAM:us-east-2_a:conversation" {
			t.Errorf("the catalog of hosts has %v", f.catalog["hostCatalog"])
		}
	}
	for _, guess := range []string{"/wdm/api/v1/devices", "/v1/devices"} {
		if r := w.call(w.bot, "GET", root+guess, ""); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", guess, r.status)
		}
	}
}

func TestRegistrations(t *testing.T) {
	w := newWorld(t)
	f := w.foreign(w.bot)
	w.refused(http.StatusNotFound, "The requested resource could not be found.", w.bot, "GET", f.wdm+"/devices", "")
	one := f.register("overwatch-one")
	if one.text("name") != "overwatch-one" || !strings.HasPrefix(one.text("url"), f.wdm+"/devices/") || !strings.HasPrefix(one.text("webSocketUrl"), "ws://") || one.text("modificationTime") == "" {
		t.Errorf("a registration is %s", one.raw)
	}
	f.register("overwatch-two")
	list := w.must(w.bot, "GET", f.wdm+"/devices", "")
	if devices, _ := list.object["devices"].([]any); len(devices) != 2 {
		t.Errorf("the list is %s", list.raw)
	}
	w.pass(time.Hour)
	again := w.must(w.bot, "PUT", one.text("url"), fmt.Sprintf(device, "overwatch-one"))
	if again.text("url") != one.text("url") || again.text("modificationTime") <= one.text("modificationTime") {
		t.Errorf("refreshed it is %s", again.raw)
	}
	if r := w.call(w.other, "GET", one.text("url"), ""); r.status != http.StatusNotFound {
		t.Errorf("somebody else's: %d", r.status)
	}
	w.sim.CapRegistrations(2)
	w.refused(http.StatusForbidden, "User has excessive device registrations", w.bot, "POST", f.wdm+"/devices", fmt.Sprintf(device, "three"))
	if r := w.call(w.bot, "DELETE", one.text("url"), ""); r.status != http.StatusNoContent || len(r.raw) > 0 {
		t.Errorf("deleted: %d %s", r.status, r.raw)
	}
	f.register("three")
	w.must(w.bot, "DELETE", f.wdm+"/devices", "")
	for _, method := range []string{"GET", "PUT"} {
		if r := w.call(w.bot, method, one.text("url"), fmt.Sprintf(device, "x")); r.status != http.StatusNotFound {
			t.Errorf("%s of one that is gone: %d", method, r.status)
		}
	}
}

func TestStaleRegistration(t *testing.T) {
	w := newWorld(t)
	f := w.foreign(w.bot)
	r := f.register("overwatch")
	w.sim.ForgetRegistrations()
	_, resp, err := websocket.Dial(t.Context(), r.text("webSocketUrl"), nil)
	if err == nil || resp == nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("the upgrade gives %v, %v", resp, err)
	}
	if r := w.call(w.bot, "PUT", r.text("url"), fmt.Sprintf(device, "overwatch")); r.status != http.StatusNotFound {
		t.Errorf("a refresh gives %d", r.status)
	}
}

func TestUpgradeRefused(t *testing.T) {
	w := newWorld(t)
	r := w.foreign(w.bot).register("overwatch")
	at, err := url.Parse(r.text("webSocketUrl"))
	if err != nil {
		t.Fatal(err)
	}
	w.sim.Fail(webexsim.Fault{Path: at.Path, Status: http.StatusServiceUnavailable})
	if _, resp, err := websocket.Dial(t.Context(), at.String(), nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the upgrade gives %v, %v", resp, err)
	}
}

func TestWhoOpensASocketSaysWho(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		code  int
	}{
		"with a wrong token":         {`{"id":"1","type":"authorization","data":{"token":"Bearer wrong"}}`, 4401},
		"with somebody else's token": {`{"id":"1","type":"authorization","data":{"token":"Bearer OTHER"}}`, 4401},
		"without Bearer":             {`{"id":"1","type":"authorization","data":{"token":"TOKEN"}}`, 1008},
		"not at all":                 {`{"id":"1","type":"ping"}`, 1008},
		"in no JSON":                 {`hello`, 1003},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f := w.foreign(w.bot)
			l := f.dial(f.register("overwatch").text("webSocketUrl"))
			l.send("%s", strings.NewReplacer("TOKEN", w.bot.Token, "OTHER", w.other.Token).Replace(c.frame))
			l.closed(c.code)
		})
	}
	t.Run("without Bearer where that is allowed", func(t *testing.T) {
		w := newWorld(t)
		w.sim.AllowRawTokens(true)
		f := w.foreign(w.bot)
		l := f.dial(f.register("overwatch").text("webSocketUrl"))
		l.authorize(w.bot.Token)
		l.ready()
	})
	t.Run("in time", func(t *testing.T) {
		w := newWorldWith(t, webexsim.Options{AuthTimeout: 50 * time.Millisecond})
		f := w.foreign(w.bot)
		f.dial(f.register("overwatch").text("webSocketUrl")).closed(1008)
	})
}

func TestPings(t *testing.T) {
	w := newWorld(t)
	l := w.foreign(w.bot).open("overwatch")
	l.send(`{"id":"p1","type":"ping"}`)
	if f := l.next(); f.ID != "p1" || f.Type != "pong" {
		t.Errorf("the pong is %s", f.raw)
	}
	w.sim.IgnorePings(1)
	l.send(`{"id":"p2","type":"ping"}`)
	l.send(`{"id":"p3","type":"ping"}`)
	if f := l.next(); f.ID != "p3" {
		t.Errorf("the pong is %s", f.raw)
	}
	ended := make(chan error, 1) // a native ping needs somebody who reads
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _, _, err := l.conn.Read(ctx); ended <- err }()
	if err := l.conn.Ping(t.Context()); err != nil {
		t.Error("a native ping:", err)
	}
	cancel()
	<-ended
}

// The socket carries the same facts as webhooks, and no text of messages.
func TestActivities(t *testing.T) {
	w := newWorld(t)
	f := w.foreign(w.bot)
	l := f.open("overwatch")
	secret := "do not tell"

	direct := w.sim.Direct(w.alice, w.bot)
	made := l.activity("create")
	room := made.at("activity.target.id")
	if id("ROOM", room) != direct || !strings.Contains(string(made.raw), `"entryUUID":"`+w.bot.UUID+`"`) || made.at("activity.target.tags") != "[ONE_ON_ONE]" {
		t.Errorf("a new direct space: %s", made.raw)
	}
	if got := w.must(w.bot, "GET", "/memberships/"+id("MEMBERSHIP", w.bot.UUID+":"+room), ""); got.text("roomId") != direct {
		t.Errorf("the membership is %s", got.raw)
	}

	message := w.say(w.alice, direct, secret)
	post := l.activity("post")
	if id("MESSAGE", post.at("activity.id")) != message || post.at("activity.actor.entryUUID") != w.alice.UUID || post.at("activity.actor.type") != "PERSON" ||
		post.at("activity.actor.emailAddress") != w.alice.Email || post.at("activity.object.objectType") != "comment" || post.at("activity.target.id") != room ||
		post.at("activity.target.url") != f.conversation+"/conversations/"+room || post.ID == "" || post.at("activity.published") == "" {
		t.Errorf("a message: %s", post.raw)
	}

	w.must(w.alice, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"markdown":%q,"parentId":%q}`, direct, secret, message))
	if reply := l.activity("post"); reply.at("activity.parent.type") != "reply" || id("MESSAGE", reply.at("activity.parent.id")) != message {
		t.Errorf("a reply: %s", reply.raw)
	}
	w.must(w.alice, "PUT", "/messages/"+message, fmt.Sprintf(`{"roomId":%q,"markdown":%q}`, direct, secret+" either"))
	if edit := l.activity("post"); edit.at("activity.parent.type") != "edit" || id("MESSAGE", edit.at("activity.parent.id")) != message || id("MESSAGE", edit.at("activity.id")) == message {
		t.Errorf("an edit: %s", edit.raw)
	}
	w.must(w.alice, "DELETE", "/messages/"+message, "")
	if gone := l.activity("delete"); id("MESSAGE", gone.at("activity.object.id")) != message {
		t.Errorf("a deletion: %s", gone.raw)
	}

	kind, body := form(t, map[string]string{"roomId": direct, "markdown": secret}, "rows.csv")
	if r := w.send(w.alice.Token, "POST", "/messages", kind, body); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	share := l.activity("share")
	if update := l.activity("update"); !strings.Contains(string(update.raw), `"malwareQuarantineState":"safe"`) || update.at("activity.object.id") != share.at("activity.id") {
		t.Errorf("a scanned file: %s", update.raw)
	}

	card := w.must(w.bot, "POST", "/messages", cardMessage(direct, smallCard)).text("id")
	if own := l.activity("post"); id("MESSAGE", own.at("activity.id")) != card || own.at("activity.actor.type") != "BOT" {
		t.Errorf("its own message: %s", own.raw)
	}
	pressed := w.must(w.alice, "POST", "/attachment/actions", fmt.Sprintf(`{"type":"submit","messageId":%q,"inputs":{"a":%q}}`, card, secret)).text("id")
	press := l.activity("cardAction")
	if id("ATTACHMENT_ACTION", press.at("activity.id")) != pressed || id("MESSAGE", press.at("activity.parent.id")) != card ||
		press.at("activity.parent.type") != "cardAction" || press.at("activity.object.objectType") != "submit" || press.at("activity.object.inputs") == "" {
		t.Errorf("a press: %s", press.raw)
	}

	group := w.sim.AddRoom("Network operations", w.alice, w.bot, w.other)
	for _, who := range []webexsim.Person{w.bot, w.other} { // Alice, who created it, gets a create
		if add := l.activity("add"); add.at("activity.object.entryUUID") != who.UUID || id("ROOM", add.at("activity.target.id")) != group {
			t.Errorf("somebody was added: %s", add.raw)
		}
	}
	w.say(w.alice, group, "not for the bot")
	w.say(w.alice, group, mentioning(w.other, "nor this"))
	card = w.must(w.other, "POST", "/messages", cardMessage(group, smallCard)).text("id")
	w.must(w.alice, "POST", "/attachment/actions", fmt.Sprintf(`{"type":"submit","messageId":%q,"inputs":{}}`, card)) // of another bot's card
	mention := w.say(w.alice, group, mentioning(w.bot, secret))
	if post := l.activity("post"); id("MESSAGE", post.at("activity.id")) != mention {
		t.Errorf("not the mention: %s", post.raw)
	}

	for _, e := range w.sim.Recent() {
		if e.Kind == "frame" && (strings.Contains(e.Body, secret) || strings.Contains(e.Body, w.bot.Token)) {
			t.Errorf("a frame tells: %s", e.Body)
		}
	}
}

func TestSequence(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	l := w.foreign(w.bot).open("overwatch")
	sequence := func(text string) int { w.say(w.alice, room, text); return l.activity("post").Sequence }
	first := sequence("one")
	if second := sequence("two"); second != first+1 {
		t.Errorf("after %d comes %d", first, second)
	}
	w.sim.LoseFrames(1)
	w.say(w.alice, room, "lost")
	if next := sequence("three"); next != first+3 {
		t.Errorf("after a lost one comes %d, want %d", next, first+3)
	}
}

func TestTwiceAndLate(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	l := w.foreign(w.bot).open("overwatch")
	w.sim.DeliverTwice(1)
	w.say(w.alice, room, "twice")
	one, two := l.activity("post"), l.activity("post")
	if one.at("activity.id") != two.at("activity.id") || one.ID == two.ID {
		t.Errorf("told %s and %s", one.raw, two.raw)
	}
	w.sim.DeliverLate(1)
	late := w.say(w.alice, room, "late")
	next := w.say(w.alice, room, "next")
	if a, b := l.activity("post"), l.activity("post"); id("MESSAGE", a.at("activity.id")) != next || id("MESSAGE", b.at("activity.id")) != late {
		t.Errorf("told %s and %s", a.raw, b.raw)
	}
}

func TestHeadersOverrideData(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	l := w.foreign(w.bot).open("overwatch")
	w.sim.OverrideFrames(1)
	w.say(w.alice, room, "hello")
	if f := l.activity("acknowledge"); f.Headers["activity.verb"] != "post" {
		t.Errorf("the headers are %v", f.Headers)
	}
	l2 := w.sim.SendUnknownEvent()
	if f := l.next(); l2 != 1 || f.event() != "apheleia.subscription_update" {
		t.Errorf("told %s", f.raw)
	}
}

func TestHowSocketsEnd(t *testing.T) {
	for _, code := range []int{1001, 1006, 1011, 4000, 4001, 4401} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			w := newWorld(t)
			l := w.foreign(w.bot).open("overwatch")
			if n := w.sim.CloseSockets(code, "because"); n != 1 {
				t.Errorf("%d were closed", n)
			}
			l.closed(code)
		})
	}
	t.Run("by the end of the simulation", func(t *testing.T) {
		w := newWorld(t)
		l := w.foreign(w.bot).open("overwatch")
		go w.sim.Close()
		l.closed(1001)
	})
	t.Run("with its registration", func(t *testing.T) {
		w := newWorld(t)
		l := w.foreign(w.bot).open("overwatch")
		w.must(w.bot, "DELETE", l.wdm+"/devices", "")
		l.closed(1001)
	})
	t.Run("by another of the same registration", func(t *testing.T) {
		w := newWorld(t)
		f := w.foreign(w.bot)
		at := f.register("overwatch").text("webSocketUrl")
		old, other := f.dial(at), f.open("another")
		old.authorize("Bearer " + w.bot.Token)
		old.ready()
		replacing := f.dial(at)
		replacing.authorize("Bearer " + w.bot.Token)
		replacing.ready()
		old.closed(4000)
		w.sim.Direct(w.alice, w.bot)
		replacing.activity("create")
		other.activity("create") // both registrations get every event
	})
	t.Run("after a shutdown frame", func(t *testing.T) {
		w := newWorld(t)
		f := w.foreign(w.bot)
		at := f.register("overwatch").text("webSocketUrl")
		old := f.dial(at)
		old.authorize("Bearer " + w.bot.Token)
		old.ready()
		w.sim.ShutdownSockets()
		if f := old.next(); f.Type != "shutdown" {
			t.Fatalf("told %s", f.raw)
		}
		w.sim.Direct(w.alice, w.bot)
		old.activity("create") // it gets events until the end
		next := f.dial(at)
		next.authorize("Bearer " + w.bot.Token)
		next.ready()
		old.closed(4001)
	})
	t.Run("never ready", func(t *testing.T) {
		w := newWorld(t)
		w.sim.NeverReady(1)
		f := w.foreign(w.bot)
		l := f.dial(f.register("overwatch").text("webSocketUrl"))
		l.authorize("Bearer " + w.bot.Token)
		l.send(`{"id":"p","type":"ping"}`)
		if f := l.next(); f.Type != "pong" {
			t.Errorf("told %s", f.raw)
		}
	})
}

// In another region than the catalog says, ids have to be asked for.
func TestLookup(t *testing.T) {
	const cluster = "urn:TEAM:us-west-2_r"
	w := newWorldWith(t, webexsim.Options{Cluster: cluster, CatalogCluster: "us"})
	room := w.sim.Direct(w.alice, w.bot)
	f := w.foreign(w.bot)
	l := f.open("overwatch")
	message := w.say(w.alice, room, "hello")
	uuid := l.activity("post").at("activity.id")
	if encodeID(cluster, "MESSAGE", uuid) != message {
		t.Errorf("the id is %s", message)
	}
	if r := w.call(w.bot, "GET", "/messages/"+id("MESSAGE", uuid), ""); r.status != http.StatusNotFound {
		t.Errorf("an id of the wrong cluster: %d", r.status)
	}
	if r := w.must(w.bot, "GET", f.conversation+"/messages/"+uuid, ""); r.text("id") != message {
		t.Errorf("looked up %s", r.raw)
	}
	card := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id")
	l.activity("post")
	pressed := w.must(w.alice, "POST", "/attachment/actions", fmt.Sprintf(`{"type":"submit","messageId":%q,"inputs":{}}`, card)).text("id")
	uuid = l.activity("cardAction").at("activity.id")
	if r := w.must(w.bot, "GET", f.conversation+"/attachment/actions/"+uuid, ""); r.text("id") != pressed {
		t.Errorf("looked up %s", r.raw)
	}
	if r := w.call(w.other, "GET", f.conversation+"/attachment/actions/"+uuid, ""); r.status != http.StatusNotFound {
		t.Errorf("by somebody else: %d", r.status)
	}
}

// Frames are in the journal, both ways, with what opened and closed the socket.
func TestFramesAreShown(t *testing.T) {
	w := newWorld(t)
	l := w.foreign(w.bot).open("overwatch")
	w.sim.Direct(w.alice, w.bot)
	l.send(`{"type":"ack","messageId":%q}`, l.activity("create").ID)
	_ = l.conn.Close(websocket.StatusNormalClosure, "done")
	w.eventually(func() bool {
		got := map[string]bool{}
		for _, e := range w.sim.Recent() {
			switch {
			case e.Socket == "":
			case e.Kind == "socket":
				got[fmt.Sprintf("%s %d %s", e.Event, e.Code, e.Reason)] = true
			case strings.Contains(e.Body, `"ack"`):
				got["ack from "+e.From] = true
			case strings.Contains(e.Body, "authorization"):
				got["masked "+fmt.Sprint(strings.Contains(e.Body, `<secret>`))] = true
			case strings.Contains(e.Body, "conversation.activity"):
				got["activity from "+e.From] = true
			}
		}
		return got["opened 0 "] && got["ack from client"] && got["activity from webex"] && got["masked true"] && got["closed 1000 done"]
	})
}

// A client that doesn't read delays nobody, and is cut off.
func TestASlowClientIsCutOff(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	w.foreign(w.bot).open("overwatch")
	sent := 0
	for ; w.sim.SendUnknownEvent() > 0; sent++ {
		if sent == 1_000_000 {
			t.Fatal("a million frames wait")
		}
	}
	w.say(w.alice, room, "still quick")
}
