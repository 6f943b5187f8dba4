package playground

import (
	"net/http"
	"time"

	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// labFault is something that a person can break from the page.
type labFault struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Help   string `json:"help"` // what happens then
	inject func(*lab)
}

const (
	refusal   = 10 * time.Second // of registrations
	emptied   = 20 * time.Second // of the Ansible inventory
	unmounted = 10 * time.Second // of the disk
)

// faults are listed in the order of the page.
var faults = []labFault{
	{"cut", "Drop the socket", "The bot reconnects at once and fetches the messages it missed.", func(l *lab) { l.webex.CloseSockets(1006, "") }},
	{"restart", "Announce a restart", "The bot opens a second socket before Webex closes the first.", func(l *lab) { l.webex.ShutdownSockets() }},
	{"replaced", "Replace the socket", "Webex reports that another client took over. The bot registers again.", func(l *lab) { l.webex.CloseSockets(4000, "replaced") }},
	{"stale", "Delete the registration", "Webex closes the socket. The bot registers again.", func(l *lab) {
		l.webex.CloseSockets(1001, "going away")
		l.webex.ForgetRegistrations()
	}},
	{"full", "Refuse registrations", "For ten seconds Webex reports too many registrations. The bot retries.", func(l *lab) {
		l.webex.ForgetRegistrations()
		l.webex.CloseSockets(1001, "going away")
		l.webex.CapRegistrations(0)
		time.AfterFunc(refusal, func() { l.webex.CapRegistrations(webexsim.MaxRegistrations) })
	}},
	{"ping", "Ignore a ping", "The bot misses the pong and reconnects within 30 seconds.", func(l *lab) { l.webex.IgnorePings(1) }},
	{"lose", "Lose the next event", "Send two messages: the second event shows the gap, and the bot fetches the first.", func(l *lab) { l.webex.LoseFrames(1) }},
	{"duplicate", "Duplicate the next event", "Send a message: the bot answers it once.", func(l *lab) { l.webex.DeliverTwice(1) }},
	{"swap", "Swap the next two events", "Send two messages: the bot answers both.", func(l *lab) { l.webex.DeliverLate(1) }},
	{"ratelimit", "Rate limit the bot", "The next two API calls return 429. The bot waits as long as Retry-After says.", func(l *lab) {
		l.webex.Fail(webexsim.Fault{Who: l.bot.Email, Status: http.StatusTooManyRequests, RetryAfter: 2 * time.Second, Times: 2})
	}},
	{"outage", "Fail API calls", "The next three API calls return 503. The bot retries.", func(l *lab) {
		l.webex.Fail(webexsim.Fault{Who: l.bot.Email, Status: http.StatusServiceUnavailable, Times: 3})
	}},
	{"delay", "Delay the next message", "The event arrives before the message can be fetched. The bot retries.", func(l *lab) {
		l.webex.Fail(webexsim.Fault{Who: l.bot.Email, Method: http.MethodGet, Path: "/v1/messages/", Status: http.StatusNotFound, Times: 2})
	}},
	{"card", "Refuse the next card", "Webex answers 400 to the next message with a card. The bot sends the reply as text.", func(l *lab) {
		// Twice, because the bot first sends the card once more outside its thread.
		l.webex.Fail(webexsim.Fault{Who: l.bot.Email, Card: true, Status: http.StatusBadRequest, Times: 2})
	}},
	{"inventory", "Empty the inventory", "The Ansible inventory lists no hosts for 20 seconds. The bot keeps the last known devices and says so.", func(l *lab) {
		l.emptySource(emptied)
	}},
	{"disk", "Unmount the disk", "The data directory is gone for ten seconds. The bot accepts no events, then answers what it missed.", func(l *lab) {
		l.moveData(unmounted)
	}},
	{"busy", "Fail a request to r1", "The next two requests to r1 return 503: a query retries once.", func(l *lab) { l.devices.Fail("r1", devicesim.Fault{Status: http.StatusServiceUnavailable, Times: 2}) }},
	{"truncate", "Truncate an answer of r1", "The next answer of r1 ends in the middle.", func(l *lab) { l.devices.Fail("r1", devicesim.Fault{Cut: true}) }},
}

// injectFault injects the fault that the path names.
func (l *lab) injectFault(w http.ResponseWriter, r *http.Request) {
	for _, f := range faults {
		if f.Name == r.PathValue("name") {
			f.inject(l)
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	http.NotFound(w, r)
}
