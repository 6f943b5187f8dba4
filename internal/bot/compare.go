package bot

import (
	"context"
	"fmt"

	"overwatch/internal/archive"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// compare says what changed since the answer before, or what differs from another device.
func (b *Bot) compare(ctx context.Context, q query.Run, r request, working func(chat.Reply)) chat.Reply {
	q.Filter = query.Filter{}
	if r.with != "" {
		return b.compareDevices(ctx, q, r, working)
	}
	answers := b.answers(ctx, q)
	d := render.Comparison{Run: q}
	for i, a := range answers {
		if a.ID() == r.answer && i+1 < len(answers) {
			d.After, d.Before = a, answers[i+1]
		}
	}
	if d.After != nil {
		return b.page.Comparison(d, b.Inventory)
	}
	if r.answer != "" && len(answers) > 0 && answers[0].ID() == r.answer {
		// The card's answer is the only one there is.
		return b.page.Comparison(render.Comparison{Run: q, After: answers[0]}, b.Inventory)
	}
	working(b.page.Progress(render.Progress{Devices: []string{q.Device.Name}}))
	var err error
	if d.After, err = archive.Collect(ctx, b.Runner, q, b.Now); err != nil {
		return b.page.Error(err, &q)
	}
	if len(answers) > 0 {
		d.Before = answers[0]
	}
	reply := b.page.Comparison(d, b.Inventory)
	reply.After = func(ctx context.Context) { b.keepWhole(ctx, q, d.After) }
	return reply
}

// keepWhole keeps a result that was read to be compared.
func (b *Bot) keepWhole(ctx context.Context, q query.Run, e *archive.Entry) {
	if packed, ok := e.Pack(); ok {
		b.keep(ctx, q, packed)
	}
}

func (b *Bot) compareDevices(ctx context.Context, q query.Run, r request, working func(chat.Reply)) chat.Reply {
	selection, err := b.Inventory.Select(r.with)
	if err == nil && len(selection.Devices) != 1 {
		err = &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("%q is more than one device.", r.with)}
	}
	if err == nil {
		err = b.may(q.Template, selection.Devices[0])
	}
	if err != nil {
		say, _ := fault.Text(err)
		reply := b.page.CompareWith(q, b.Inventory, say)
		reply.Err = err
		return reply
	}
	other := q
	other.Device = selection.Devices[0]
	working(b.page.Progress(render.Progress{Devices: []string{q.Device.Name, other.Device.Name}}))
	d := render.Comparison{Run: q, Other: &other}
	failed := make(chan error, 1)
	go func() {
		var err error
		d.Before, err = archive.Collect(ctx, b.Runner, q, b.Now)
		failed <- err
	}()
	if d.After, err = archive.Collect(ctx, b.Runner, other, b.Now); err != nil {
		<-failed
		return b.page.Error(err, &other)
	}
	if err := <-failed; err != nil {
		return b.page.Error(err, &q)
	}
	return b.page.Comparison(d, b.Inventory)
}
