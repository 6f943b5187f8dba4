package bot

import (
	"context"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// interruptWithin bounds the look-ups for a cancel before its turn.
const interruptWithin = 10 * time.Second

// Interrupt looks at an event of a space in which another event is handled, before its turn comes: a cancel
// can't wait. Everything else is left for its turn, when Handle gets it as well.
func (b *Bot) Interrupt(ev chat.Content) {
	var id, run string
	var p chat.Person
	var r chat.Room
	_, direct := ev.(chat.Message)
	switch ev := ev.(type) {
	case chat.Message:
		if b.scopes.all.grammar.Read(ev.Text).Do != button.Cancel {
			return
		}
		id, p, r = ev.ID, ev.Person, ev.Room
	case chat.Submission:
		pressed, err := button.Read(ev.Inputs)
		if err != nil || pressed.Do != button.Cancel || pressed.Survey == "" || b.unsealed(ev) != nil {
			return
		}
		id, p, r, run = ev.ID, ev.Person, ev.Room, pressed.Survey
	default:
		return
	}
	ctx, cancelLookUp := context.WithTimeout(context.Background(), interruptWithin)
	defer cancelLookUp()
	a := b.admit(ctx, p, r, direct)
	if a.err != nil {
		return
	}
	may := func(t *query.Template, d inventory.Device) bool { return a.grant.May(named(t), d) }
	b.o.Activity.cancel(id, &cancel{room: r.ID, who: a.who, event: run, may: may})
}

// cancel replies to a cancel in its turn. By then it has done what it can: then the reply of the run says so.
func (s *session) cancel() []chat.Reply {
	switch done, denied := s.o.Activity.cancelled(s.event); {
	case done:
		return nil
	case denied:
		return []chat.Reply{s.page.Text("You can only cancel what you ran, or may run yourself.")}
	}
	return []chat.Reply{s.page.Text("Nothing to cancel.")}
}
