package bot

import (
	"strings"

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
func (b *Bot) history(thread string) chat.Reply {
	var past []render.Past
	if b.History != nil {
		for _, p := range b.History(b.asker, maxPast) {
			if s, ok := b.again(p.Asked); ok && len(past) < maxHistory && (b.where.Direct || p.Room == b.where.ID) {
				past = append(past, render.Past{At: p.At, Typed: s.Typed(), Press: s.Press(thread), Outcome: p.Outcome})
			}
		}
	}
	return b.Render.History(past, thread)
}

// again makes the question of a record, if its query and devices can be asked by this asker.
func (b *Bot) again(a chat.Asked) (query.Survey, bool) {
	t, known := b.Catalog.Get(a.Query)
	selection, err := b.Inventory.Select(strings.Join(a.Devices, ","))
	if !known || err != nil {
		return query.Survey{}, false
	}
	return query.Survey{
		Template: t, Target: selection.Name, Devices: selection.Devices, Values: form.Values(a.Inputs), Filter: query.Including(a.Filter),
	}, true
}
