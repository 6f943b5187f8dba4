package worker

import (
	"cmp"
	"context"
	"time"

	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"

	"overwatch/internal/audit"
	"overwatch/internal/chat"
	"overwatch/internal/inbox"
	"overwatch/internal/telemetry"
)

// Messenger reads from spaces and writes to them. Its errors are faults: temporary ones are worth
// another attempt, NotFound means that the event, the message or the space is gone.
type Messenger interface {
	// Fetch fetches the content of an event. Nil content isn't for the bot.
	Fetch(ctx context.Context, e chat.Event) (chat.Content, error)
	// Send sends a reply to a space and returns the message's id.
	Send(ctx context.Context, room string, r chat.Reply) (id string, err error)
	// SendDirect sends a reply to the direct space of the bot and a person, by the person's id.
	SendDirect(ctx context.Context, person string, r chat.Reply) (id string, err error)
	// Edit replaces the text of a message of the bot that has no card. Webex allows ten edits.
	Edit(ctx context.Context, room, id, text string) error
	// Remove deletes a message of the bot.
	Remove(ctx context.Context, id string) error
	// Check makes a call that succeeds whenever Webex works and accepts the bot's token.
	Check(ctx context.Context) error
}

// Handler handles the content of events.
type Handler interface {
	// Handle returns the replies. While it works it may call working with what to show if it takes
	// long: a line of text, which later ones replace, and with the first one a card. The first call says
	// that it can be interrupted.
	Handle(ctx context.Context, c chat.Content, working func(chat.Reply)) []chat.Reply
	// GivenUp returns what to tell a person about their event that is given up, which Handle may
	// not have seen; ok is false if they may not know.
	GivenUp(ctx context.Context, p chat.Person, r chat.Room, why error) (reply chat.Reply, ok bool)
	// Interrupt is called with what arrives in a space while Handle works for it, before its turn. It
	// may stop that work; in its turn the content is handled as usual.
	Interrupt(c chat.Content)
}

// Options are the parts and limits of a worker. Zero durations and counts take the defaults.
type Options struct {
	Store     inbox.Store
	Messenger Messenger
	Handler   Handler
	Log       logrus.FieldLogger
	Metrics   *telemetry.Metrics   // may be nil
	Tracing   trace.TracerProvider // nil without tracing
	Audit     func(audit.Record)   // called for each run when it is over; may be nil

	AtOnce      int           // events in work at the same time; 1024
	ShowAfter   time.Duration // until the progress line is shown; 2 s
	HoldsUp     time.Duration // how long a stage of one event is retried while Webex works otherwise; 1 min
	GiveUpAfter time.Duration // how long a stage is retried while Webex doesn't work at all; 1 h
	Grace       time.Duration // for events in work when the worker stops; 20 s
}

func (o Options) withDefaults() Options {
	o.AtOnce = cmp.Or(o.AtOnce, 1024)
	o.ShowAfter = cmp.Or(o.ShowAfter, 2*time.Second)
	o.HoldsUp = cmp.Or(o.HoldsUp, time.Minute)
	o.GiveUpAfter = cmp.Or(o.GiveUpAfter, time.Hour)
	o.Grace = cmp.Or(o.Grace, 20*time.Second)
	return o
}
