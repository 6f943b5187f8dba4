package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"overwatch/internal/sim/webexspec"
)

// Every flow of this package is checked against the published description of Webex's API (see newWorld).
// This one takes care that the description is there, and that a violation is noticed.
func TestTrafficFollowsTheDescription(t *testing.T) {
	spec := webexspec.Require(t)
	w := newWorld(t)
	room := w.direct(w.alice)
	w.say(w.alice, room, "hello")
	w.press(w.alice, w.expect(""), "Show VRFs", map[string]any{"device": "r1"})
	w.expect("65000:1")

	for name, c := range map[string]struct{ request, response string }{
		"a message without braces":  {`"text"`, `{}`},
		"a room of a wrong type":    {`{"roomId":"x"}`, `{"id":"x","roomType":"sideways"}`},
		"a destination of a number": {`{"roomId":7}`, `{"id":"x"}`},
	} {
		violations := &noted{TB: t}
		server := httptest.NewServer(spec.Check(violations, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(c.response))
		}), true))
		resp, err := http.Post(server.URL+"/v1/messages", "application/json", strings.NewReader(c.request))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		server.Close()
		if violations.n != 1 {
			t.Errorf("%s: %d violations, want 1", name, violations.n)
		}
	}
}

// noted counts errors instead of failing.
type noted struct {
	testing.TB
	n int
}

func (n *noted) Errorf(string, ...any) { n.n++ }
