package bot

import (
	"cmp"
	"context"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/tracing"
)

// Handle returns the replies to ev. While devices are queried it calls working with lines that may be shown
// while the person waits, each in place of the one before; a line with a card has a button to cancel. No
// reply is due to a cancel that worked, to a press that came twice, and where the rules want silence. A Reply
// has the error if the query didn't run. What is offered and run is what this person may run there.
func (b *Bot) Handle(ctx context.Context, ev chat.Content, working func(chat.Reply)) []chat.Reply {
	switch ev := ev.(type) {
	case chat.Message:
		a := b.admit(ctx, ev.Person, ev.Room, true)
		return b.handle(ctx, a, ev.ID, ev.Room.ID, cmp.Or(ev.Thread, ev.ID), working, func(ctx context.Context, s *session) []chat.Reply {
			return s.message(ctx, ev.Text, ev.Format)
		})
	case chat.Submission:
		if b.repeated(ev) {
			return nil
		}
		p, unreadable := b.read(ev)
		a := b.admit(ctx, ev.Person, ev.Room, false)
		return b.handle(ctx, a, ev.ID, ev.Room.ID, cmp.Or(p.Thread, ev.Card), working, func(ctx context.Context, s *session) []chat.Reply {
			if unreadable != nil {
				b.o.Log.WithError(unreadable).Info("a card sent something unreadable")
				message, hint := fault.Text(unreadable)
				return []chat.Reply{s.page.Form(s.form(ctx, nil, nil, "", message+" "+hint))}
			}
			return s.press(ctx, p)
		})
	case chat.Arrival:
		return []chat.Reply{b.draws(ev.Room.ID, "", "").Greeting(ev.Room.Direct)}
	}
	return nil
}

// GivenUp returns what a person is told about an event that couldn't be handled; ok is false if the access
// rules don't let them use the bot there or that can't be found out, over the rate limits, and for other bots.
func (b *Bot) GivenUp(ctx context.Context, p chat.Person, r chat.Room, why error) (reply chat.Reply, ok bool) {
	a := b.admit(ctx, p, r, false)
	if a.err != nil || a.subject.Person.Bot || b.o.Limits.CountReply(a.who, r.ID) != nil {
		return chat.Reply{}, false
	}
	message, _ := fault.Text(why)
	return b.draws(r.ID, "", tracing.ID(ctx)).Error(&fault.Error{
		Kind: fault.Of(why), Message: "I couldn't handle what you sent. " + message, Hint: "Send it again; if that fails, too, tell the people who run this bot.", Cause: why,
	}, nil), true
}

// handle has do reply to an event of a person who was admitted, within the limits; others are refused.
func (b *Bot) handle(ctx context.Context, a admission, event, room, thread string, working func(chat.Reply), do func(context.Context, *session) []chat.Reply) []chat.Reply {
	if a.grant.Silent() {
		return []chat.Reply{{Err: a.err, Run: &chat.Run{Person: a.who}}}
	}
	limit := b.o.Limits.CountReply(a.who, room)
	if a.err != nil || limit != nil {
		reply := b.draws(room, thread, tracing.ID(ctx)).Error(cmp.Or(limit, a.err), nil)
		reply.Retry = limit == nil && fault.Temporary(a.err)
		if limit == nil {
			reply.Run = &chat.Run{Person: a.who}
		}
		return []chat.Reply{reply}
	}
	s := b.open(ctx, a, event, thread, working)
	ctx, end := s.cancellable(ctx)
	defer end()
	return do(ctx, s)
}
