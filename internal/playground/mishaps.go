package playground

import (
	"net/http"
	"time"

	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// mishap is something that goes wrong when a person asks for it.
type mishap struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Help  string `json:"help"` // what is to be seen then
	do    func(*scene)
}

// unregistered is how long registrations are refused.
const unregistered = 10 * time.Second

// mishaps are what a person can let go wrong, in the order of the page.
var mishaps = []mishap{
	{"cut", "Cut the socket", "The bot opens another one at once and looks what it missed.", func(s *scene) { s.webex.CloseSockets(1006, "") }},
	{"restart", "Announce a restart", "The bot moves to another socket before this one is closed.", func(s *scene) { s.webex.ShutdownSockets() }},
	{"replaced", "Replace the socket", "Somebody else seems to have its registration; the bot takes another.", func(s *scene) { s.webex.CloseSockets(4000, "replaced") }},
	{"stale", "Forget the registration", "The socket closes, and the bot has to register again.", func(s *scene) {
		s.webex.CloseSockets(1001, "going away")
		s.webex.ForgetRegistrations()
	}},
	{"full", "Refuse registrations", "For ten seconds the account has too many of them.", func(s *scene) {
		s.webex.ForgetRegistrations()
		s.webex.CloseSockets(1001, "going away")
		s.webex.CapRegistrations(0)
		time.AfterFunc(unregistered, func() { s.webex.CapRegistrations(webexsim.MostRegistrations) })
	}},
	{"deaf", "Leave a ping without a pong", "The bot hangs up and opens another socket, half a minute later at most.", func(s *scene) { s.webex.IgnorePings(1) }},
	{"lose", "Lose the next event", "Write something: the bot sees the gap with the event after it.", func(s *scene) { s.webex.LoseFrames(1) }},
	{"twice", "Tell the next event twice", "Write something: it is answered once.", func(s *scene) { s.webex.DeliverTwice(1) }},
	{"late", "Swap the next two events", "Write twice: both are answered.", func(s *scene) { s.webex.DeliverLate(1) }},
	{"patience", "Ask for patience", "The next two calls get a 429; the bot waits as long as it is told.", func(s *scene) {
		s.webex.Fail(webexsim.Fault{Who: s.bot.Email, Status: http.StatusTooManyRequests, RetryAfter: 2 * time.Second, Times: 2})
	}},
	{"outage", "Fail for a moment", "The next three calls get a 503; the bot tries again.", func(s *scene) {
		s.webex.Fail(webexsim.Fault{Who: s.bot.Email, Status: http.StatusServiceUnavailable, Times: 3})
	}},
	{"fresh", "Show the next message late", "It is told of before it can be read.", func(s *scene) {
		s.webex.Fail(webexsim.Fault{Who: s.bot.Email, Method: http.MethodGet, Path: "/v1/messages/", Status: http.StatusNotFound, Times: 2})
	}},
	{"busy", "Let r1 be busy", "Its next answer is a 503.", func(s *scene) { s.lab.Fail("r1", devicesim.Fault{Status: http.StatusServiceUnavailable}) }},
	{"broken", "Let r1 break off", "Its next answer ends in the middle.", func(s *scene) { s.lab.Fail("r1", devicesim.Fault{Cut: true}) }},
}

// fail lets something go wrong.
func (s *scene) fail(w http.ResponseWriter, r *http.Request) {
	for _, f := range mishaps {
		if f.Name == r.PathValue("name") {
			f.do(s)
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	http.NotFound(w, r)
}
