package app_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// A space that Webex refuses to list costs one line in the log, and people in other spaces are answered, by
// polling and after a lost frame of the socket. A rate limit in between is waited for.
func TestRefusedSpaceWhileCatchingUp(t *testing.T) {
	for _, way := range []string{"polling", "websocket"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, by(way))
			alices, bobs := w.direct(w.alice), w.direct(w.bob)
			mallorys := w.webex.AddRoom("Refused", w.alice, w.bot)
			w.expect("I only see messages that @mention me")
			var listed, limited atomic.Int32
			w.intercept(func(out http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("Authorization") != "Bearer "+w.bot.Token || r.Method != http.MethodGet || r.URL.Path != "/v1/messages" {
					return false
				}
				switch r.URL.Query().Get("roomId") {
				case mallorys:
					listed.Add(1)
					status(http.StatusForbidden, "application/json", `{"message":"Failed to get activity."}`)(out, r)
					return true
				case bobs:
					if limited.Add(1) <= 2 {
						out.Header().Set("Retry-After", "1")
						status(http.StatusTooManyRequests, "application/json", `{}`)(out, r)
						return true
					}
				}
				return false
			})
			if way == "websocket" {
				w.webex.LoseFrames(3)
			}
			w.say(w.alice, mallorys, "<@personId:"+w.bot.ID+"|bot> vrf r1")
			w.say(w.bob, bobs, "vrf r2")
			w.say(w.alice, alices, "vrf r3")
			if way == "websocket" {
				w.webex.CloseSockets(1006, "")
			}
			answers := map[any]string{}
			for range 2 {
				m := w.expect("VRFs")
				answers[m["roomId"]], _ = m["markdown"].(string)
			}
			if !strings.Contains(answers[bobs], "VOICE") || !strings.Contains(answers[alices], "No VRFs are configured.") {
				t.Errorf("it said %q", answers)
			}
			w.logged("the messages of a space can't be listed", mallorys)
			w.say(w.alice, alices, "vrf r1")
			w.expect("**Show VRFs** on **r1**")
			if n := strings.Count(w.log.String(), "the messages of a space can't be listed"); n != 1 || listed.Load() == 0 {
				t.Errorf("%d lines of the log after %d refusals", n, listed.Load())
			}
		})
	}
}

// What a person sees of their own words is what they would read: once escaped, without what is invisible.
func TestWordsOfPeopleAreReadable(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	for text, want := range map[string]string{
		"vrf zz\u200bq9":         `"zzq9"`,
		"vrf \u2068zzq9\u2069":   `"zzq9"`,
		"vrf zz\u202eq9":         `"zzq9"`,
		"vrf zz‑q9":              `"zz-q9"`,
		"vrf zz q9":              `"zz q9"`,
		"vrf ｚｚｑ９":               `"zzq9"`,
		"vrf “zzq9”":             `"zzq9"`,
		"vrf zz\\_q9":            `"zz_q9"`,
		"vrf zz&amp;q9":          `zz&q9"`,
		"vrf z\u0308z\u0308q9":   "\"z\u0308z\u0308q9\"",
		"vrf \U0001f44dzz\u00a0": `"zz"`,
	} {
		w.say(w.alice, room, text)
		m := w.expect()
		if said, _ := m["text"].(string); !strings.Contains(said, want) {
			t.Errorf("%q: a person reads %q", text, said)
		}
	}
}
