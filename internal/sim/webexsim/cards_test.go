package webexsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/sim/webexsim"
)

func TestCardIsStoredAndReturned(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	id := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id")
	var got, want any
	r := w.must(w.alice, "GET", "/messages/"+id, "")
	wanted := `[{"contentType":"application/vnd.microsoft.card.adaptive","content":` + smallCard + `}]`
	if err := json.Unmarshal([]byte(wanted), &want); err != nil {
		t.Fatal(err)
	}
	got = r.object["attachments"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCardsRefused(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	const invalid = "One (or more) of the arguments is invalid."
	attachment := `{"contentType":"application/vnd.microsoft.card.adaptive","content":` + smallCard + `}`
	big := `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"TextBlock","text":"` + strings.Repeat("x", 23<<10) + `"}]}`
	for _, c := range []struct{ name, body, want string }{
		{"two", fmt.Sprintf(`{"roomId":%q,"text":"x","attachments":[%s,%s]}`, room, attachment, attachment), "Only one card is currently supported."},
		{"no text beside it", fmt.Sprintf(`{"roomId":%q,"attachments":[%s]}`, room, attachment), "Both text and file cannot be empty."},
		{"too big", cardMessage(room, big), "Unable to share content to room"},
		{"no version", cardMessage(room, `{"type":"AdaptiveCard"}`), invalid},
		{"no card", cardMessage(room, `{"type":"Message","version":"1.3"}`), invalid},
		{"null", cardMessage(room, `null`), invalid},
		{"another content type", fmt.Sprintf(`{"roomId":%q,"text":"x","attachments":[{"contentType":"text/html","content":%s}]}`, room, smallCard), invalid},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(400, c.want, w.bot, "POST", "/messages", c.body) })
	}
}

// What Webex takes and its clients don't draw is said in the message's entry.
func TestCardIsRemarkedUpon(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	six := strings.TrimSuffix(strings.Repeat(`{"type":"Action.Submit","title":"x"},`, 6), ",")
	for _, c := range []struct {
		name, card string
		want       []string
	}{
		{"nothing", smallCard, nil},
		{"version", `{"type":"AdaptiveCard","version":"1.5"}`, []string{`Card version "1.5": Webex supports up to 1.3 and shows the text of the message instead.`}},
		{"six actions", `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"ActionSet","actions":[` + six + `]}]}`, []string{"A list has 6 actions: Webex shows the first 5."}},
		{"table", `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"Table"}]}`, []string{"Webex doesn't show Table."}},
		{"image", `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"Image","url":"https://x.example/a.png"}]}`, []string{"Webex refuses the card if it can't fetch an image; the simulation doesn't check."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := w.must(w.bot, "POST", "/messages", cardMessage(room, c.card)).text("id")
			for _, e := range w.sim.Recent() {
				if data, _ := e.Data.(map[string]any); e.Kind == "message" && data["id"] == id {
					same(t, "notes", e.Notes, c.want)
					return
				}
			}
			t.Error("there is no entry of the message")
		})
	}
}

func press(messageID, inputs string) string {
	return fmt.Sprintf(`{"type":"submit","messageId":%q,"inputs":%s}`, messageID, inputs)
}

func TestPressIsKeptAsItWasMade(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bob, w.bot)
	card := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id")
	// Clients make strings of inputs; the server takes whatever it gets.
	const inputs = `{"act":"vrf","n":42,"all":true,"list":["a"],"none":null,"nested":{"a":1}}`
	r := w.must(w.bob, "POST", "/attachment/actions", press(card, inputs))
	if r.text("personId") != w.bob.ID || r.text("roomId") != room || r.text("messageId") != card || r.text("type") != "submit" {
		t.Errorf("got %s", r.raw)
	}
	got := w.must(w.bot, "GET", "/attachment/actions/"+r.text("id"), "")
	contains(t, got.raw, `"inputs":`+inputs)
	if again := w.must(w.bob, "POST", "/attachment/actions", press(card, inputs)); again.text("id") == r.text("id") {
		t.Error("two presses are one")
	}
	outside := w.sim.AddPerson("Olga", "olga@example.com", "example")
	w.refused(404, "The requested resource could not be found.", outside, "GET", "/attachment/actions/"+r.text("id"), "")
}

func TestPressesRefused(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	card, plain := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id"), w.say(w.bot, room, "plain")
	for _, c := range []struct {
		name   string
		who    webexsim.Person
		body   string
		status int
		want   string
	}{
		{"own card", w.bot, press(card, `{}`), 400, `Unable to post attachment action: "Author of a card cannot submit a cardAction on that card"`},
		{"no card", w.alice, press(plain, `{}`), 400, `Unable to post attachment action: "MessageId should point to an activity with cards"`},
		{"not a member", w.bob, press(card, `{}`), 404, "Could not find message with provided ID."},
		{"inputs aren't an object", w.alice, press(card, `[]`), 400, "An attachment action needs type submit, a messageId and inputs."},
		{"another type", w.alice, fmt.Sprintf(`{"type":"open","messageId":%q,"inputs":{}}`, card), 400, "An attachment action needs type submit, a messageId and inputs."},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(c.status, c.want, c.who, "POST", "/attachment/actions", c.body) })
	}
}
