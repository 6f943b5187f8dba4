package bot

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// asked says where a question came from.
type asked struct{ id, room string }

// request is a question before its inputs are checked.
type request struct {
	query   *query.Template
	devices []inventory.Device
	target  string // what named them
	inputs  map[string]any
	format  string // csv, json, in terminals text, or empty for a card
	filter  query.Filter
	from    int    // the first row of the page
	answer  string // the kept answer to show again, or to compare
	compare bool
	with    string // the device to compare with; empty for the answer before
	asked
}

// ask answers a question, and says what was asked.
func (b *Bot) ask(ctx context.Context, r request, working func(chat.Reply)) chat.Reply {
	values, problems := form.Read(r.query.Inputs, r.inputs)
	reply := b.answer(ctx, r, values, problems, working)
	if len(problems) == 0 {
		reply.Run = b.record(r.query, r.devices, values, r.with)
		reply.Run.Target, reply.Run.Compare = r.target, r.compare
		reply.Run.Filter, reply.Run.Format = r.filter.Text(), r.format
	}
	return reply
}

// maxNamed is how many devices of a run are named in its record.
const maxNamed = 20

// record returns what was to be run on which devices, and the decision of the access rules about each.
// with is a further device to compare with, or empty.
func (b *Bot) record(t *query.Template, devices []inventory.Device, values form.Values, with string) *chat.Run {
	run := &chat.Run{Person: b.asker, Query: t.Name, Inputs: values}
	differ := false
	add := func(device string, d access.Decision) {
		first := len(run.Devices) == 0
		differ = differ || !first && (d.Permitted != run.Decisions[0].Allowed || d.Rule != run.Rule)
		if run.Allowed = run.Allowed || d.Permitted; first {
			run.Rule = d.Rule
		}
		if len(run.Devices) == maxNamed {
			run.MoreDevices++
			return
		}
		run.Devices = append(run.Devices, device)
		run.Decisions = append(run.Decisions, chat.Decision{Device: device, Allowed: d.Permitted, Rule: d.Rule})
	}
	for _, d := range devices {
		add(d.Name, b.grant.Decide(named(t), d))
	}
	if with != "" {
		add(b.decideByName(t, with))
	}
	if !differ {
		run.Decisions = nil
	}
	return run
}

// decideByName returns the decision about a device that may be hidden from the person.
func (b *Bot) decideByName(t *query.Template, name string) (string, access.Decision) {
	all := b.Inventory
	if b.whole != nil {
		all = b.whole.Inventory
	}
	s, err := all.Select(name)
	if err != nil || len(s.Devices) != 1 {
		return name, access.Decision{}
	}
	return s.Devices[0].Name, b.grant.Decide(named(t), s.Devices[0])
}

// answer asks one device or several, for a card or for a file.
func (b *Bot) answer(ctx context.Context, r request, values form.Values, problems form.Errors, working func(chat.Reply)) chat.Reply {
	if len(problems) > 0 {
		f := b.form(ctx, r.query, r.devices, r.target, "")
		f.Entered, f.Problems = form.Entered(r.query.Inputs, r.inputs), problems
		// Who only pressed the button, or named the query, has made no mistake yet.
		f.Asked = !slices.ContainsFunc(r.query.Inputs, func(in form.Input) bool { return f.Entered[in.ID] != "" })
		return b.page.Form(f)
	}
	if err := b.Limits.CountRun(b.asker, r.room); err != nil {
		return b.page.Error(err, nil)
	}
	if len(r.devices) > 1 {
		return b.survey(ctx, query.Survey{
			Template: r.query, Target: r.target, Devices: r.devices, Values: values, Filter: r.filter,
			Allow: func(d inventory.Device) error { return b.may(r.query, d) },
		}, r, working)
	}
	if err := b.may(r.query, r.devices[0]); err != nil {
		return b.page.Error(err, nil)
	}
	q := query.Run{Template: r.query, Device: r.devices[0], Values: values, Filter: r.filter}
	switch {
	case r.compare:
		return b.compare(ctx, q, r, working)
	case r.format != "":
		working(b.page.Progress(render.Progress{Devices: []string{q.Device.Name}}))
		return b.file(q, r.format)
	case r.answer != "":
		if a := b.kept(ctx, q, r.answer); a != nil {
			return b.page.Result(a.Page(q, r.from, render.PageRows), a.ID())
		}
	}
	working(b.page.Progress(render.Progress{Devices: []string{q.Device.Name}}))
	return b.fresh(ctx, q, r)
}

// fresh queries a device, and keeps the answer once the person has it.
func (b *Bot) fresh(ctx context.Context, q query.Run, r request) chat.Reply {
	var recorder archive.Recorder
	result, err := b.Runner.Page(ctx, q, r.from, render.PageRows, recorder.Add)
	if err != nil {
		return b.page.Error(err, &q)
	}
	packed, small := recorder.Pack(result)
	id := ""
	if small {
		id = archive.ID(result.At)
	}
	reply := b.page.Result(result, id)
	if small {
		reply.After = func(ctx context.Context) { b.keep(ctx, q, packed) }
	}
	return reply
}

// keepWithin bounds what isn't worth waiting for.
const keepWithin = 5 * time.Second

func (b *Bot) keep(ctx context.Context, q query.Run, packed []byte) {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	if err := b.Archive.Put(ctx, q.Key(), packed); err != nil {
		b.Log.WithError(err).Warn("can't keep an answer; it can't be compared later")
	}
}

// answers returns the kept answers to a question, newest first.
func (b *Bot) answers(ctx context.Context, q query.Run) []*archive.Entry {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	packed, err := b.Archive.List(ctx, q.Key())
	if err != nil {
		b.Log.WithError(err).Warn("can't read kept answers")
	}
	var list []*archive.Entry
	facts := len(q.Facts())
	for _, p := range packed {
		a, err := archive.Unpack(p)
		switch {
		case err != nil:
			b.Log.WithError(err).Warn("a kept answer can't be read")
		case len(a.Rows) > 0 && len(a.Rows[0]) != facts:
			// The query's template has changed since.
		default:
			list = append(list, a)
		}
	}
	return list
}

func (b *Bot) kept(ctx context.Context, q query.Run, id string) *archive.Entry {
	for _, a := range b.answers(ctx, q) {
		if a.ID() == id {
			return a
		}
	}
	return nil
}

// file answers with all rows, which are written while they are sent.
func (b *Bot) file(q query.Run, format string) chat.Reply {
	reply := b.attach(q.Template, q.Device.Name, format, func(ctx context.Context, w io.Writer) error {
		return b.Runner.Write(ctx, q, query.Format(format), w)
	})
	reply.Thread = b.thread
	reply.File.Failed = func(err error) chat.Reply { return b.page.Error(err, &q) }
	return reply
}

// attach makes the reply with a file.
func (b *Bot) attach(t *query.Template, whom, format string, write func(context.Context, io.Writer) error) chat.Reply {
	kind := map[string]string{"csv": "text/csv", "json": "application/json", "text": "text/plain"}[format]
	return chat.Reply{
		Text: fmt.Sprintf("All rows of **%s** on **%s**.", render.Escape(t.Title), render.Escape(whom)),
		File: &chat.File{
			Name: fmt.Sprintf("%s-%s-%s.%s", fileName(whom), t.Name, b.Now().UTC().Format("20060102-150405"), format),
			Type: kind, Write: write,
		},
	}
}

// fileName keeps of what names devices what a file may be called.
func fileName(target string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?[],`, r) {
			return '-'
		}
		return r
	}, target)
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60])
	}
	return name
}

// suggestWithin is how long a form waits for values to choose from.
const suggestWithin = 5 * time.Second

// form returns a form for a query, which may be nil. Of one chosen device it asks what inputs suggest.
func (b *Bot) form(ctx context.Context, t *query.Template, devices []inventory.Device, target, problem string) render.Form {
	f := render.Form{Inventory: b.Inventory, Catalog: b.Catalog, Query: t, Device: target, Problem: problem}
	if len(devices) == 1 {
		f.Device = devices[0].Name
	}
	if t == nil {
		return f
	}
	for _, in := range t.Inputs {
		if in.Suggest != nil && len(devices) == 1 {
			if values := b.suggested(ctx, *in.Suggest, devices[0]); len(values) > 0 {
				in = in.Offering(values)
			}
		}
		f.Inputs = append(f.Inputs, in)
	}
	return f
}

// suggested asks a device for the values of a fact: at most as many as a drop-down offers. Without
// an answer there are none, and the person types.
func (b *Bot) suggested(ctx context.Context, s form.Suggest, d inventory.Device) (values []string) {
	t, known := b.Catalog.Get(s.Query)
	if !known || !slices.Contains(t.Platforms(), d.Platform) || b.may(t, d) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	inputs, _ := form.Read(t.Inputs, nil)
	q := query.Run{Template: t, Device: d, Values: inputs}
	at := slices.IndexFunc(q.Facts(), func(f query.Fact) bool { return f.Title == s.Fact })
	_, err := b.Runner.Stream(ctx, q, func(row []query.Cell) error {
		if text := row[at].Text; text != "" && !slices.Contains(values, text) {
			values = append(values, text)
		}
		if len(values) == render.MaxChoices {
			return errEnough
		}
		return nil
	})
	if err != nil && err != errEnough {
		b.Log.WithError(err).Debug("no values to suggest")
	}
	return values
}

var errEnough = &fault.Error{Kind: fault.TooLarge, Message: "There are enough values to choose from."}
