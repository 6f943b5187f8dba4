// Package bot is the conversation: it takes what a person wrote or pressed and returns what to say.
//
// It understands text, reads pressed buttons, asks devices through internal/query and draws answers
// with internal/render. It is core: it knows neither Webex nor Echo nor a queue, so a chat, a
// terminal and a test are answered alike. It may be imported by internal/app and its tests.
package bot

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// Options are what a bot is made of. Those of a bot in a chat that a terminal lacks may be nil, as they
// say.
type Options struct {
	Inventory *inventory.Inventory
	Catalog   *query.Catalog
	Runner    *query.Runner
	Render    *render.Renderer
	Archive   archive.Store
	Surveys   *Surveys
	Access    *access.Policy
	Directory Directory     // asked for what the rules of Access look at
	Org       string        // the bot's own organization
	Seals     *button.Seals // of what buttons carry; nil where cards can't be pressed, as in a terminal
	// History returns what a person asked last, newest first; nil where nothing is kept.
	History func(person string, limit int) []chat.PastRun
	// Same returns what stays the same of an id of a space or a message, however it is written; nil where
	// ids are always written alike.
	Same     func(id string) string
	Limits   *access.Limits  // of how often is asked; nil for none
	Unsealed func(why error) // is told of presses that weren't what a card offers; may be nil
	Log      logrus.FieldLogger
	Now      func() time.Time
}

// Directory knows more of people and spaces than what was heard says. It remembers what it is asked
// often.
type Directory interface {
	// Person returns who has an id, with email and organization.
	Person(ctx context.Context, id string) (chat.Person, error)
	// Room returns the space of an id, with its title; with foreign, also whether there are people of
	// other organizations in it.
	Room(ctx context.Context, id string, foreign bool) (chat.Room, error)
}

// Bot answers. What it knows never changes, so it may be used by many at once; new devices or
// queries make a new one.
type Bot struct {
	Options
	words *vocabulary
	*gate
	asker  string    // who is answered just now: their email
	where  chat.Room // in which space, as far as it is known
	page   *render.Page
	thread string
}

// New returns a bot. A query that claims one of the bot's own words is refused.
func New(o Options) (*Bot, error) {
	words := &vocabulary{o.Inventory, o.Catalog}
	if err := words.check(); err != nil {
		return nil, err
	}
	return &Bot{Options: o, words: words, gate: newGate()}, nil
}

// Handle returns what to say to ev. While it asks devices it calls working with lines that may be
// shown while the person waits: the first one, and later ones in its place; a line with a card has a
// button to stop. It says nothing only to somebody who stopped something; a Reply carries the error
// when the question wasn't answered. What is offered and answered is what this person may ask there.
func (b *Bot) Handle(ctx context.Context, ev chat.Content, working func(chat.Reply)) []chat.Reply {
	switch ev := ev.(type) {
	case chat.Message:
		theirs, refusal := b.admit(ctx, ev.Person, ev.Room, true, cmp.Or(ev.Thread, ev.ID))
		if refusal != nil {
			return one(*refusal)
		}
		return theirs.message(ctx, ev, working)
	case chat.Submission:
		theirs, refusal := b.admit(ctx, ev.Person, ev.Room, false, threadOf(ev))
		if refusal != nil {
			return one(*refusal)
		}
		return theirs.submission(ctx, ev, working)
	case chat.Arrival:
		return one(b.draws(ev.Room, "", "").Greeting(ev.Room.Direct))
	}
	return nil
}

// draws returns what draws the replies to one event.
func (b *Bot) draws(r chat.Room, thread, trace string) *render.Page {
	if b.Seals == nil {
		return b.Render.Page(thread, trace, nil)
	}
	return b.Render.Page(thread, trace, b.Seals.Card(b.same(r.ID)))
}

func (b *Bot) same(id string) string {
	if b.Same == nil {
		return id
	}
	return b.Same(id)
}

// unsealed says why a submission isn't what its card offers, or is nil.
func (b *Bot) unsealed(s chat.Submission) error {
	if b.Seals == nil {
		return nil
	}
	return b.Seals.Open(s.Inputs, b.same(s.Room.ID), b.same(s.Card))
}

// opened says what is wrong with what a card sent, in a person's words, or is nil.
func (b *Bot) opened(s chat.Submission) error {
	why := b.unsealed(s)
	if why == nil {
		return nil
	}
	if b.Unsealed != nil {
		b.Unsealed(why)
	}
	say := "This isn't what the card offers, so I don't follow it."
	if errors.Is(why, button.ErrExpired) || errors.Is(why, button.ErrUnsealed) {
		say = "This card is too old to be pressed."
	}
	return &fault.Error{Kind: fault.Invalid, Message: say, Hint: "Here is a new one.", Cause: why}
}

// threadOf returns the thread that a card stands in.
func threadOf(s chat.Submission) string {
	thread, _ := s.Inputs["_thread"].(string)
	return cmp.Or(thread, s.Card)
}

func one(r chat.Reply) []chat.Reply { return []chat.Reply{r} }

func (b *Bot) message(ctx context.Context, m chat.Message, working func(chat.Reply)) []chat.Reply {
	in := b.words.understand(m.Text)
	if b.whole != nil && in.do == button.Form {
		if hidden := b.whole.words.understand(m.Text); hidden.do == button.Run {
			return one(b.deny(hidden.query, hidden.devices, hidden.target()))
		}
	}
	r := request{
		query: in.query, devices: in.devices, target: in.target(), inputs: in.inputs, format: cmp.Or(in.format, m.Format), filter: in.filter,
		compare: in.compare, asked: asked{m.ID, m.Room.ID},
	}
	switch {
	case in.do == button.Help:
		return one(b.page.Help(b.Catalog, b.Inventory.Len()))
	case in.do == button.Devices:
		return one(b.page.Devices(b.Inventory))
	case in.do == button.History:
		return one(b.history())
	case in.do == button.Cancel:
		return b.cancelled(m.ID)
	case len(in.likely) > 0:
		return one(b.page.DidYouMean(in.unknown, in.likely))
	case in.do == button.Form:
		return one(b.page.Form(b.form(ctx, in.query, in.devices, in.target(), in.problem())))
	case in.compare && len(r.devices) == 2:
		r.with = r.devices[1].Name
		r.devices = r.devices[:1]
	}
	return one(b.ask(ctx, r, working))
}

func (b *Bot) submission(ctx context.Context, s chat.Submission, working func(chat.Reply)) []chat.Reply {
	var p button.Press
	err := b.opened(s)
	if err == nil {
		p, err = button.Read(s.Inputs)
	}
	if err != nil {
		b.Log.WithError(err).Info("a card sent something unreadable")
		say, do := fault.Text(err)
		return one(b.page.Form(b.form(ctx, nil, nil, "", say+" "+do)))
	}
	switch p.Do {
	case button.Help:
		return one(b.page.Help(b.Catalog, b.Inventory.Len()))
	case button.Devices:
		return one(b.page.Devices(b.Inventory))
	case button.History:
		return one(b.history())
	case button.Cancel:
		return b.cancelled(s.ID)
	}
	return one(b.press(ctx, p, asked{s.ID, s.Room.ID}, working))
}

// press answers a button that is about a query.
func (b *Bot) press(ctx context.Context, p button.Press, at asked, working func(chat.Reply)) chat.Reply {
	t, known := b.Catalog.Get(p.Query)
	selection, unknown := b.Inventory.Select(p.Device)
	if b.whole != nil && (!known || unknown != nil) {
		t, ok := b.whole.Catalog.Get(p.Query)
		if hidden, err := b.whole.Inventory.Select(p.Device); ok && err == nil {
			return b.deny(t, hidden.Devices, p.Device)
		}
	}
	f := b.form(ctx, t, selection.Devices, p.Device, "")
	f.Group = p.Group
	f.All = p.Do == button.More
	if known {
		f.Entered = form.Entered(t.Inputs, p.Inputs)
	}
	switch {
	case p.Do == button.Form, p.Do == button.More:
		return b.page.Form(f)
	case !known:
		f.Problem = "I don't know that query any more. Here are the ones I know."
		return b.page.Form(f)
	case p.Device == "" && p.Group != "":
		return b.page.Form(f)
	case p.Device == "":
		f.Problem = "Choose a device first."
		return b.page.Form(f)
	case unknown != nil:
		if likely := b.words.devicesLike(t, p.Device, p.Inputs); len(likely) > 0 {
			return b.page.DidYouMean(p.Device, likely)
		}
		f.Problem, _ = fault.Text(unknown)
		return b.page.Form(f)
	}
	r := request{
		query: t, devices: selection.Devices, target: selection.Name, inputs: p.Inputs, filter: query.Including(p.Filter),
		from: p.From, answer: p.Answer, compare: p.Do == button.Compare, with: p.With, asked: at,
	}
	if p.Do == button.File {
		r.format = p.Format
	}
	return b.ask(ctx, r, working)
}
