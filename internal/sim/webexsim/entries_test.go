package webexsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"overwatch/internal/sim/webexsim"
)

func TestEverythingIsToldInOrder(t *testing.T) {
	w := newWorld(t)
	told := make(chan webexsim.Entry, 100)
	stop := w.sim.Watch(func(e webexsim.Entry) { told <- e })
	defer stop()
	e := w.receiver()
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	w.hook(w.bot, e, "messages", "created", `,"secret":"s3cret"`)
	card := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id")
	w.quiet()
	w.must(w.alice, "POST", "/attachment/actions", press(card, `{"act":"vrf"}`))
	plain := w.say(w.alice, room, "x")
	w.must(w.alice, "PUT", "/messages/"+plain, fmt.Sprintf(`{"roomId":%q,"text":"y"}`, room))
	w.must(w.alice, "DELETE", "/messages/"+plain, "")
	var kinds []string
	seq := int64(0)
	for range 14 {
		entry := <-told
		if entry.Seq != seq+1 || entry.At.IsZero() {
			t.Errorf("entry %d comes after %d, at %v", entry.Seq, seq, entry.At)
		}
		seq = entry.Seq
		if entry.Kind != "delivery" { // comes when it comes
			kinds = append(kinds, entry.Kind)
		}
	}
	same(t, "kinds", kinds, []string{
		"room", "membership", "membership", "call", "message", "call", "action", "call",
		"message", "call", "message-edited", "call", "message-deleted",
	})
}

func TestEntriesOfCallsAndDeliveries(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	e := w.receiver()
	e.answer(202)
	w.hook(w.bot, e, "messages", "created", `,"secret":"s3cret"`)
	posted := w.must(w.alice, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"text":"hello"}`, room))
	w.quiet()
	var call, message, delivery webexsim.Entry
	for _, entry := range w.sim.Recent() {
		switch {
		case entry.Kind == "call" && entry.Path == "/v1/messages":
			call = entry
		case entry.Kind == "message":
			message = entry
		case entry.Kind == "delivery":
			delivery = entry
		}
	}
	if call.Method != "POST" || call.Status != 200 || call.Who != "Alice Adams" || call.TrackingID != posted.header.Get("TrackingID") ||
		!strings.Contains(call.Request, `"hello"`) || call.Response != string(posted.raw) {
		t.Errorf("the call is %+v", call)
	}
	if data, _ := message.Data.(map[string]any); message.RoomID != room || data["text"] != "hello" {
		t.Errorf("the message is %+v", message)
	}
	h := e.all(w)[0]
	if delivery.Webhook != "n" || delivery.TargetURL != e.url || delivery.Resource != "messages" || delivery.Event != "created" ||
		delivery.Status != 202 || delivery.Body != string(h.body) || delivery.Headers["X-Spark-Signature"] != h.signature || h.signature == "" {
		t.Errorf("the delivery is %+v", delivery)
	}
}

func TestEntriesAreBounded(t *testing.T) {
	w := newWorld(t)
	w.call(w.alice, "POST", "/messages", `{"text":"`+strings.Repeat("é", 40<<10)+`"}`)
	list := w.sim.Recent()
	if got := list[len(list)-1].Request; len(got) > 32<<10+len("…") || !strings.HasSuffix(got, "é…") {
		t.Errorf("the request has %d bytes, and ends with %q", len(got), got[len(got)-8:])
	}
	for range 510 {
		w.call(w.alice, "GET", "/nothing", "")
	}
	if n := len(w.sim.Recent()); n != 500 {
		t.Errorf("%d entries are kept", n)
	}
}

// Entries never contain tokens or the secrets of webhooks.
func TestEntriesHaveNoSecrets(t *testing.T) {
	w := newWorld(t)
	e := w.receiver()
	id := w.hook(w.bot, e, "messages", "created", `,"secret":"s3cret"`)
	w.must(w.bot, "GET", "/webhooks/"+id, "")
	w.must(w.bot, "GET", "/webhooks", "")
	w.must(w.bot, "PUT", "/webhooks/"+id, fmt.Sprintf(`{"name":"n","targetUrl":%q,"SECRET":"s3cret2"}`, e.url))
	w.call(w.bot, "PUT", "/webhooks/"+id, `{"secret":"s3cret`)
	w.say(w.alice, w.sim.Direct(w.alice, w.bot), "hello")
	w.sim.AddRoom("Noc", w.alice, w.bot)
	w.quiet()
	shown, err := json.Marshal(w.sim.Recent())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(shown), "secret") {
		t.Error("the entries don't even show that there is a secret")
	}
	for _, secret := range []string{"s3cret", w.alice.Token, w.bot.Token, "Bearer"} {
		if strings.Contains(string(shown), secret) {
			t.Errorf("%q is shown in %s", secret, shown)
		}
	}
}
