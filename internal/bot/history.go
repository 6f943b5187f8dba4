package bot

import (
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/form"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// How many questions are listed, of how many that are looked at.
const (
	maxHistory = 10
	maxPast    = 100
)

// history lists what the asker asked last, as far as they may ask it still: in a space with others, what
// they asked there.
func (b *Bot) history() chat.Reply {
	var past []render.Past
	if b.History != nil {
		for _, p := range b.History(b.asker, maxPast) {
			if len(past) == maxHistory {
				break
			}
			if !b.where.Direct && p.Room != b.where.ID {
				continue
			}
			if again, ok := b.again(p.Run); ok {
				again.At, again.Outcome = p.At, p.Outcome
				past = append(past, again)
			}
		}
	}
	return b.page.History(past)
}

// again makes the question of a record, if its query and devices can be asked by this asker.
func (b *Bot) again(a chat.Run) (render.Past, bool) {
	t, known := b.Catalog.Get(a.Query)
	target, with := a.Target, ""
	if a.Compare && len(a.Devices) == 2 {
		target, with = a.Devices[0], a.Devices[1]
		if _, err := b.Inventory.Select(with); err != nil {
			return render.Past{}, false
		}
	}
	selection, err := b.Inventory.Select(target)
	if !known || err != nil {
		return render.Past{}, false
	}
	s := query.Survey{Template: t, Target: selection.Name, Values: form.Values(a.Inputs), Filter: query.Including(a.Filter)}
	p := render.Past{Typed: s.Typed(), Press: s.Press()}
	switch {
	case a.Compare:
		p.Typed, p.Press.Do, p.Press.With = strings.TrimSpace("diff "+p.Typed+" "+with), button.Compare, with
	case a.Format != "":
		p.Typed, p.Press.Do, p.Press.Format = p.Typed+" "+a.Format, button.File, a.Format
	}
	return p, true
}
