package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// Text is read in one way, in direct and group spaces, whether it comes as Markdown or HTML, with mentions,
// quotes, bullets and signs of all kinds around it.
func TestOneReadingOfText(t *testing.T) {
	w := newWorld(t)
	direct := w.direct(w.alice)
	group := w.webex.AddRoom("Network operations", w.alice, w.bob, w.bot)
	w.expect("I only see messages that @mention me")
	me := "<@personId:" + w.bot.ID + "|bot>"
	bob := "<@personId:" + w.bob.ID + "|Bob>"
	const asked = "**Show VRFs** on **r1** (3 rows"
	for _, text := range []string{
		"ME vrf r1", "vrf r1 ME", "vrf ME r1", "ME vrf r1 BOB", "BOB ME vrf r1", "ME vrf r1 cc BOB", "ME ME vrf r1", "ME, vrf r1", "<@all> ME vrf r1",
		"ME * vrf r1", "ME **vrf** `r1`", "ME\n\n- vrf r1", "ME\n\n```\nvrf r1\n```", "ME\n\n1. vrf r1",
		"> vrf r2\n\nME vrf r1", "> ME vrf r2\n\nME vrf r1", "ME vrf\u00a0r1", "ME vrf\u3000r1", "ME v\u200brf r1", "ME \u2067vrf r1\u2069", "ME \uff56\uff52\uff46 \uff52\uff11",
		"ME \u201cvrf r1\u201d", "ME \u00abvrf r1\u00bb", "ME vrf r1\u2026", "ME vrf r1 \U0001f44d", "\U0001f44b ME vrf r1", "ME vrf r1 :)", "ME (vrf r1)", "ME please show the vrfs of r1!",
	} {
		for room, mention := range map[string]string{group: me, direct: ""} {
			if room == direct && (strings.Contains(text, "> ME") || strings.Contains(text, "BOB")) {
				continue // nobody else is there
			}
			written := strings.ReplaceAll(strings.ReplaceAll(text, "ME", mention), "BOB", bob)
			if room == direct {
				written = strings.TrimLeft(written, ", ")
			}
			w.say(w.alice, room, written)
			if said := w.expect()["markdown"].(string); !strings.Contains(said, asked) {
				t.Errorf("%q, in the group %v: %q", text, room == group, said)
			}
		}
	}
	for _, html := range []string{
		"<p>vrf</p><p>r1</p>", "<blockquote>vrf r2</blockquote>vrf r1", "vrf <s>r2</s> r1", "<table><tr><td>vrf</td><td>r1</td></tr></table>", "vrf&nbsp;r1",
		`<a href="https://r2.example">vrf</a> r1`, "<ul><li>vrf r1</li></ul>", "<pre><code>vrf r1</code></pre>", "<h2>vrf r1</h2>",
	} {
		w.call(w.alice, http.MethodPost, "messages", map[string]string{"roomId": direct, "html": html})
		if said := w.expect()["markdown"].(string); !strings.Contains(said, asked) {
			t.Errorf("%q: %q", html, said)
		}
	}
	for _, text := range []string{"ME", "ME \u200b", "ME BOB", "ME \U0001f44d", "ME hello"} {
		w.say(w.alice, group, strings.ReplaceAll(strings.ReplaceAll(text, "ME", me), "BOB", bob))
		w.expect("Type a query and a device")
	}
	w.say(w.alice, group, me+" vrf r1\n"+me+" vrf r2")
	w.expect("Type one query in a message: this has 2.")
	w.say(w.alice, group, "> "+me+" vrf r2\n\nI agree") // the bot is only quoted
	w.silent(direct)
}

// A bot that may not write in a space of announcements says so in the direct space, with what helps.
func TestSpaceOfAnnouncements(t *testing.T) {
	w := newWorld(t)
	direct := w.direct(w.alice)
	room, _ := w.call(w.alice, http.MethodPost, "rooms", map[string]any{"title": "All hands", "isLocked": true, "isAnnouncementOnly": true})["id"].(string)
	w.call(w.alice, http.MethodPost, "memberships", map[string]any{"roomId": room, "personId": w.bot.ID})
	w.logged("the space", "All hands") // the greeting wasn't sent
	w.say(w.alice, room, "<@personId:"+w.bot.ID+"|bot> vrf r1")
	m := w.expect("I couldn't reply in the space where you asked. The space \"All hands\" is for announcements", "Make the bot a moderator")
	if m["roomId"] != direct {
		t.Errorf("it is in another space than the direct one: %v", m)
	}
}

// A title with brackets is a title: its deny rule keeps its space out, and no other.
func TestTitleWithBrackets(t *testing.T) {
	_, with := rules(t, "rules:\n  - {deny: partners, spaces: '[Public] Partners'}\n  - {permit: us, people: organization}\n")
	w := newWorld(t, with)
	mention := "<@personId:" + w.bot.ID + "|bot> vrf r1"
	for title, want := range map[string]string{"[Public] Partners": "There is no device that you may query here.", "[public] PARTNERS": "There is no device that you may query here.", "P Partners": "**Show VRFs** on **r1**"} {
		room := w.webex.AddRoom(title, w.alice, w.bot)
		w.expect("I only see messages that @mention me")
		w.say(w.alice, room, mention)
		if said := w.expect()["markdown"].(string); !strings.Contains(said, want) {
			t.Errorf("%s: it said %q", title, said)
		}
	}
}
