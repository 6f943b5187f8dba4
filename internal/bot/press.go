package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// unsealed returns why a submission isn't what its card offers, or nil.
func (b *Bot) unsealed(s chat.Submission) error {
	if b.o.Seals == nil {
		return nil
	}
	return b.o.Seals.Open(s.Inputs, b.same(s.Room.ID), b.same(s.Card))
}

// read returns what a submission means, or why it means nothing, for the person who pressed.
func (b *Bot) read(s chat.Submission) (button.Press, error) {
	if why := b.unsealed(s); why != nil {
		if b.o.Unsealed != nil {
			b.o.Unsealed(why)
		}
		message := "This button was altered or belongs to another card, so I ignored it."
		if errors.Is(why, button.ErrExpired) || errors.Is(why, button.ErrUnsealed) {
			message = "This card is too old to be pressed."
		}
		return button.Press{}, &fault.Error{Kind: fault.Invalid, Message: message, Hint: "Here is a new one.", Cause: why}
	}
	return button.Read(s.Inputs)
}

// repeated reports whether the same person pressed the same button of the same card, with the same inputs,
// within the second before: some clients send a press twice.
func (b *Bot) repeated(s chat.Submission) bool {
	if s.At.IsZero() {
		return false
	}
	what, err := json.Marshal([]any{b.same(s.Room.ID), b.same(s.Card), b.same(s.Person.ID), s.Inputs}) // with sorted keys
	return err == nil && b.o.Activity.pressedAgain(string(what), s.ID, s.At)
}

// press replies to a pressed button.
func (s *session) press(ctx context.Context, p button.Press) []chat.Reply {
	switch p.Do {
	case button.Cancel:
		return s.cancel()
	case button.Help, button.Devices, button.History:
		return []chat.Reply{s.list(p.Do)}
	}
	if err := s.scope.empty(); err != nil {
		return []chat.Reply{s.page.Error(err, nil)}
	}
	p.Device = strings.TrimSpace(phrase.Clean(p.Device))
	return []chat.Reply{s.pressQuery(ctx, p)}
}

// pressQuery replies to a button that is about a query: it runs it, or shows the form with what is missing.
func (s *session) pressQuery(ctx context.Context, p button.Press) chat.Reply {
	t, known := s.scope.catalog.Get(p.Query)
	selection, missing := s.scope.inventory.Select(p.Device)
	c := command{
		query: t, devices: selection.Devices, target: selection.Name, inputs: p.Inputs, filter: query.ParseFilter(p.Filter), question: query.ParseQuestion(p.Question),
		from: p.From, one: p.Do == button.Row, kept: p.Answer, compare: p.Do == button.Compare, with: p.With,
	}
	if p.Do == button.File {
		c.format = p.Format
	}
	if known && missing == nil && p.Do != button.Form && p.Do != button.More {
		return s.run(ctx, c)
	}
	f := s.form(ctx, t, selection.Devices, p.Device, "")
	f.Group, f.All = p.Group, p.Do == button.More
	if known {
		f.Entered = form.Entered(t.Inputs, p.Inputs)
	}
	switch {
	case p.Do == button.Form, p.Do == button.More:
		return s.page.Form(f)
	case !known:
		return s.withoutQuery(p, f)
	case p.Device == "" && p.Group != "":
		f.Problem = s.tooMany(t, p.Group)
		return s.page.Form(f)
	case p.Device == "":
		f.Problem = "Choose a device first."
		return s.page.Form(f)
	}
	return s.withoutDevice(t, p, f)
}

// withoutQuery replies to a button for a query that isn't in scope.
func (s *session) withoutQuery(p button.Press, f render.Form) chat.Reply {
	t, hidden := s.all.catalog.Get(p.Query)
	if !hidden {
		f.Problem = "This query no longer exists. Choose another one."
		return s.page.Form(f)
	}
	reply := s.page.Error(denied(t, p.Device), nil) // the card named the query, and its seal is good
	reply.Run = s.refusedPress(t, p)
	return reply
}

// withoutDevice replies to a button for devices that aren't in scope.
func (s *session) withoutDevice(t *query.Template, p button.Press, f render.Form) (reply chat.Reply) {
	err := s.scope.unknown(t, p.Device)
	switch likely := s.scope.devicesLike(t, p.Device, p.Inputs); {
	case len(likely) > 0:
		reply = s.page.DidYouMean(err, likely)
	case fault.Of(err) == fault.Denied:
		reply = s.page.Error(err, nil)
	default:
		f.Problem, _ = fault.Text(err)
		reply = s.page.Form(f)
	}
	reply.Run = s.refusedPress(t, p)
	return reply
}

// refusedPress returns the record of a press that names hidden devices, or nil.
func (s *session) refusedPress(t *query.Template, p button.Press) *chat.Run {
	return s.refused(t.Word() + " " + p.Device)
}

// tooMany says that a group is too large for a drop-down, and what to do; nothing if it isn't.
func (s *session) tooMany(t *query.Template, group string) string {
	for _, g := range s.scope.inventory.Groups() {
		if strings.EqualFold(g.Name, group) && g.Count > render.MaxChoices {
			return fmt.Sprintf("%s has %d devices, and a list shows at most %d. Type a name or its beginning, or run it on all of them: %s %s.",
				g.Name, g.Count, render.MaxChoices, t.Word(), g.Selector())
		}
	}
	return ""
}
