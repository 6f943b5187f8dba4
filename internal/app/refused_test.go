package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"overwatch/internal/sim/webexsim"
)

// A reply that Webex refuses arrives in the next simpler form: the text, a sentence, the direct space.
func TestRefusedReplies(t *testing.T) {
	w := newWorld(t)
	direct := w.direct(w.alice)
	group := w.webex.AddRoom("Network operations", w.alice, w.bot)
	w.expect("mention")
	refuse := func(status, times int) {
		w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodPost, Path: "/v1/messages", Status: status, Times: times})
	}
	for _, status := range []int{400, 409, 413, 415, 422, 428, 451} {
		times := 1
		if status == http.StatusBadRequest {
			times = 2 // within the thread and outside of it
		}
		refuse(status, times)
		w.say(w.alice, direct, "vrf r1")
		m := w.expect("**Show VRFs** on **r1** (3 rows", "CORP")
		if m["attachments"] != nil {
			t.Errorf("%d: the card arrived", status)
		}
		w.logged("Webex refused the card")
	}
	for _, status := range []int{400, 413, 415, 428} {
		times := 1
		if status == http.StatusBadRequest {
			times = 2
		}
		refuse(status, times)
		w.say(w.alice, direct, "vrf r1 csv")
		if m := w.expect(); m["files"] != nil || !strings.Contains(m["markdown"].(string), "Webex") {
			t.Errorf("%d: it said %v", status, m["markdown"])
		}
	}
	refuse(http.StatusForbidden, 2)
	w.say(w.alice, group, fmt.Sprintf("<@personId:%s|bot> vrf r1", w.bot.ID))
	if m := w.expect("I couldn't reply in the space where you asked."); m["roomId"] != direct {
		t.Errorf("it is in another space than the direct one: %v", m)
	}
	w.silent(direct)
}

// Somebody who may not use the bot learns nothing from an event that is given up, and other bots don't either.
func TestGivenUpIsToldWithinTheRules(t *testing.T) {
	_, with := rules(t, "foreign-spaces: refuse\nrules:\n  - {permit: us, people: organization}\n")
	w := newWorld(t, with)
	mallory := w.webex.AddPerson("Mallory", "mallory@evil.example.org", "evil")
	robot := w.webex.AddBot("Other", "other@webex.bot", "example")
	direct := w.direct(w.alice)
	shared := w.webex.AddRoom("Partners", w.alice, mallory, w.bot)
	w.expect("I only see messages that @mention me")
	ours := w.webex.AddRoom("Network operations", w.alice, robot, w.bot)
	w.expect("I only see messages that @mention me")
	mention := "<@personId:" + w.bot.ID + "|bot> "
	refuse := func(path string) {
		w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodGet, Path: path, Status: http.StatusBadRequest})
	}
	dropped := func(who webexsim.Person, room string) {
		t.Helper()
		refuse("/v1/messages/")
		w.say(who, room, mention+"vrf r1")
		w.logged(`msg="dead letter"`)
	}
	strangers := w.direct(mallory)
	dropped(mallory, strangers) // of another organization
	dropped(mallory, shared)
	dropped(w.alice, shared) // in a space of others
	dropped(robot, ours)
	refuse("/v1/people/") // nobody knows whether she may
	bobs := w.direct(w.bob)
	dropped(w.bob, bobs)
	w.silent(direct)
	dropped(w.bob, bobs)
	w.expect("I couldn't handle what you sent. Webex refused the request (status 400)")
	w.silent(direct)
}
