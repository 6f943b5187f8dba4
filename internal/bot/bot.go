// Package bot is the conversation: it takes what a person wrote or pressed and returns what to say.
//
// It understands text, reads pressed buttons, asks devices through internal/query and draws answers
// with internal/render. It is core: it knows neither Webex nor Echo nor a queue, so a chat, a
// terminal and a test are answered alike. It may be imported by internal/app and its tests.
package bot

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/internal/tracing"
)

// Options are what a bot is made of; all of them are needed.
type Options struct {
	Inventory *inventory.Inventory
	Catalog   *query.Catalog
	Runner    *query.Runner
	Render    *render.Renderer
	Log       logrus.FieldLogger
	Now       func() time.Time
}

// Bot answers. It never changes, so it may be used by many at once; new devices or queries make a
// new one.
type Bot struct {
	Options
	words *vocabulary
}

// New returns a bot. A query that claims one of the bot's own words is refused.
func New(o Options) (*Bot, error) {
	words := &vocabulary{o.Inventory, o.Catalog}
	if err := words.check(); err != nil {
		return nil, err
	}
	return &Bot{o, words}, nil
}

// Handle returns what to say to ev. Before it asks a device it calls working with a line that may be
// shown while the person waits. It always says something; a Reply carries the error when the
// question wasn't answered.
func (b *Bot) Handle(ctx context.Context, ev chat.Event, working func(chat.Reply)) []chat.Reply {
	switch ev := ev.(type) {
	case chat.Message:
		return []chat.Reply{b.message(ctx, ev, working)}
	case chat.Submission:
		return []chat.Reply{b.submission(ctx, ev, working)}
	case chat.Arrival:
		return []chat.Reply{b.Render.Greeting(ev.Room.Direct)}
	}
	return nil
}

func (b *Bot) message(ctx context.Context, m chat.Message, working func(chat.Reply)) chat.Reply {
	thread := m.Thread
	if thread == "" {
		thread = m.ID
	}
	in := b.words.understand(m.Text)
	switch {
	case in.do == form.Help:
		return b.Render.Help(b.Catalog, b.Inventory.Len(), thread)
	case in.do == form.Devices:
		return b.Render.Devices(b.Inventory, thread)
	case len(in.likely) > 0:
		return b.Render.DidYouMean(in.unknown, in.likely, thread)
	case in.do == form.Form:
		return b.Render.Form(b.form(in.query, in.device, in.problem()), thread)
	}
	device, _ := b.Inventory.Get(in.device)
	return b.ask(ctx, request{in.query, device, in.inputs, in.format, thread}, working)
}

func (b *Bot) submission(ctx context.Context, s chat.Submission, working func(chat.Reply)) chat.Reply {
	p, err := form.ReadPress(s.Inputs)
	if err != nil {
		b.Log.WithError(err).Info("a card sent something unreadable")
		say, do := fault.Text(err)
		return b.Render.Form(b.form(nil, "", say+" "+do), s.Card)
	}
	thread := p.Thread
	if thread == "" {
		thread = s.Card
	}
	switch p.Do {
	case form.Help:
		return b.Render.Help(b.Catalog, b.Inventory.Len(), thread)
	case form.Devices:
		return b.Render.Devices(b.Inventory, thread)
	}
	t, known := b.Catalog.Get(p.Query)
	f := b.form(t, p.Device, "")
	f.Group = p.Group
	f.All = p.Do == form.More
	if known {
		f.Entered = form.Entered(t.Inputs, p.Inputs)
	}
	switch {
	case p.Do == form.Form, p.Do == form.More:
		return b.Render.Form(f, thread)
	case !known:
		f.Problem = "I don't know that query any more. Here are the ones I know."
		return b.Render.Form(f, thread)
	case p.Device == "" && p.Group != "":
		return b.Render.Form(f, thread)
	case p.Device == "":
		f.Problem = "Pick a device first."
		return b.Render.Form(f, thread)
	}
	device, found := b.Inventory.Find(p.Device)
	if !found {
		if likely := b.words.devicesLike(t, p.Device, p.Inputs); len(likely) > 0 {
			return b.Render.DidYouMean(p.Device, likely, thread)
		}
		f.Problem = fmt.Sprintf("I don't know the device %q.", p.Device)
		return b.Render.Form(f, thread)
	}
	format := ""
	if p.Do == form.File {
		format = p.Format
	}
	return b.ask(ctx, request{t, device, p.Inputs, format, thread}, working)
}

func (b *Bot) form(t *query.Template, device, problem string) render.Form {
	return render.Form{Inventory: b.Inventory, Catalog: b.Catalog, Query: t, Device: device, Problem: problem}
}

// request is a question before its inputs are checked.
type request struct {
	query  *query.Template
	device inventory.Device
	inputs map[string]any
	format string // csv, json or empty for a card
	thread string
}

func (b *Bot) ask(ctx context.Context, r request, working func(chat.Reply)) chat.Reply {
	values, problems := form.Read(r.query.Inputs, r.inputs)
	if len(problems) > 0 {
		f := b.form(r.query, r.device.Name, "")
		f.Entered, f.Problems = form.Entered(r.query.Inputs, r.inputs), problems
		return b.Render.Form(f, r.thread)
	}
	q := query.Question{Template: r.query, Device: r.device, Values: values}
	working(chat.Reply{Text: "Asking " + render.Escape(r.device.Name) + "…", Thread: r.thread})
	if r.format != "" {
		return b.file(q, r.format, r.thread, tracing.ID(ctx))
	}
	result, err := b.Runner.First(ctx, q, render.PageRows)
	if err != nil {
		return b.Render.Error(err, &q, r.thread, tracing.ID(ctx))
	}
	return b.Render.Result(result, r.thread)
}

// file answers with all rows, which are written while they are sent.
func (b *Bot) file(q query.Question, format, thread, trace string) chat.Reply {
	kind, write := "text/csv", b.Runner.WriteCSV
	if format == "json" {
		kind, write = "application/json", b.Runner.WriteJSON
	}
	return chat.Reply{
		Text:   fmt.Sprintf("All rows of **%s** on **%s**.", render.Escape(q.Template.Title), render.Escape(q.Device.Name)),
		Thread: thread,
		File: &chat.File{
			Name:  fmt.Sprintf("%s-%s-%s.%s", fileName(q.Device.Name), q.Template.Name, b.Now().UTC().Format("20060102-150405"), format),
			Type:  kind,
			Write: func(ctx context.Context, w io.Writer) error { return write(ctx, q, w) },
			Failed: func(err error) chat.Reply {
				return b.Render.Error(err, &q, thread, trace)
			},
		},
	}
}
