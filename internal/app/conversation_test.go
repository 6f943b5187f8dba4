package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"overwatch/internal/config"
	"overwatch/internal/sim/webexsim"
)

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

func TestDeliveredTwiceIsAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.webex.DeliverTwice(1)
	w.say(w.alice, room, "vrf r1")
	w.expect("**Show VRFs** on **r1**")
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

// The same conversation by the other transports.
func TestConversationByEveryTransport(t *testing.T) {
	for _, way := range []string{"websocket", "polling"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, func(c *config.Config) {
				c.Transport.Transport = way
				c.Webhook.PublicURL = ""
				c.Polling.PollEvery = 50 * time.Millisecond
				c.Webex.WebexU2CURL = strings.TrimSuffix(c.Webex.WebexAPIURL, "/v1") + "/u2c/api/v1"
			})
			room := w.direct(w.alice)
			w.say(w.alice, room, "hello")
			form := w.expect("Type a query and a device")
			if way == "websocket" {
				w.press(w.alice, form, "Show VRFs", map[string]any{"device": "r1"})
				w.expect("**Show VRFs** on **r1**")
			}
			w.say(w.alice, room, "vrf r2")
			w.expect("**Show VRFs** on **r2**", "VOICE")
		})
	}
}
