package bot

import (
	"sync"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// errCancelled ends a run that somebody cancelled.
var errCancelled = &fault.Error{Kind: fault.Unavailable, Message: "Cancelled."}

// Activity is what is going on: the events that are handled, which can be cancelled, the latest presses, and
// the runs that several people share. Bots that replace each other share it. Safe for concurrent use.
type Activity struct {
	mu      sync.Mutex
	running map[string]*running // by event
	cancels map[string]*cancel  // by event, until their turn comes
	presses map[string]press    // by what was pressed

	shares shares
}

// running is an event that is handled.
type running struct {
	room, who string
	stop      func()
	query     *query.Template // nil until the event is understood
	devices   []inventory.Device
}

// cancel is a request to cancel, whose own turn comes after the events it cancels.
type cancel struct {
	room, who string
	event     string // to cancel; empty for all in the space
	may       func(*query.Template, inventory.Device) bool
	done      bool // it has cancelled something
	denied    bool // its person may not cancel something
}

// press is when a button was pressed, and the event.
type press struct {
	event string
	at    time.Time
}

// Limits of what is remembered, should turns never come.
const (
	maxCancels = 1000
	maxPresses = 1000
)

// NewActivity returns one in which nothing goes on.
func NewActivity() *Activity {
	return &Activity{
		running: map[string]*running{}, cancels: map[string]*cancel{}, presses: map[string]press{}, shares: shares{byKey: map[string]*share{}},
	}
}

// begin adds an event of a person in a space; stop is called when it is cancelled.
func (a *Activity) begin(event, room, who string, stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running[event] = &running{room: room, who: who, stop: stop}
}

// describe adds what an event runs. From now on it can be cancelled, and is if its cancel came before.
func (a *Activity) describe(event string, t *query.Template, devices []inventory.Device) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.running[event]
	if r == nil {
		return
	}
	r.query, r.devices = t, devices
	for _, c := range a.cancels { // their turn hasn't come, so all of them come after the event
		c.apply(event, r)
	}
}

// end removes an event.
func (a *Activity) end(event string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, event)
}

// cancel applies c, the content of event by, to what runs in its space, now or until its own turn comes.
func (a *Activity) cancel(by string, c *cancel) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.cancels) == maxCancels {
		clear(a.cancels)
	}
	a.cancels[by] = c
	for event, r := range a.running {
		c.apply(event, r)
	}
}

// cancelled removes the cancel of an event whose turn has come, and returns what became of it: it has
// cancelled something, or may not cancel what it is about.
func (a *Activity) cancelled(by string) (done, denied bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.cancels[by]
	delete(a.cancels, by)
	return c != nil && c.done, c != nil && c.denied
}

// apply cancels an event if c is about it and its person may: the one who ran it, or one who may run the
// same on all of its devices.
func (c *cancel) apply(event string, r *running) {
	if c.room != r.room || c.event != "" && c.event != event || r.query == nil {
		return
	}
	for _, d := range r.devices {
		if c.who != r.who && !c.may(r.query, d) {
			c.denied = true
			return
		}
	}
	r.stop()
	c.done = true
}

// pressedAgain reports whether a button was pressed less than a second ago already, by another event.
func (a *Activity) pressedAgain(what, event string, at time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, known := a.presses[what]
	if known && before.event != event && at.Sub(before.at).Abs() < time.Second {
		return true
	}
	if len(a.presses) == maxPresses {
		clear(a.presses)
	}
	a.presses[what] = press{event, at}
	return false
}
