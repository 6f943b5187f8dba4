package bot

import (
	"cmp"
	"context"
	"errors"

	"overwatch/internal/access"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/internal/tracing"
)

// session handles one event of one person in one space.
type session struct {
	o       *Options
	all     *scope // everything the bot has, for records of what was refused
	scope   *scope
	event   string // its id
	who     string // the person's email, or the id where that isn't known
	room    chat.Room
	page    *render.Page
	working func(chat.Reply) // shows a line, in place of the one before
}

// admission is what became of a person who wants something in a space.
type admission struct {
	who     string
	subject access.Subject
	grant   access.Grant
	err     error // why nothing may be run
}

// admit finds out who a person is and what they may do in a space. kind says whether it is known if the space
// is a direct one.
func (b *Bot) admit(ctx context.Context, p chat.Person, r chat.Room, kind bool) admission {
	subject, err := b.lookUp(ctx, p, r, kind)
	if err != nil {
		_, hint := fault.Text(err)
		return admission{who: cmp.Or(p.Email, p.ID), err: &fault.Error{
			Kind: fault.Of(err), Message: "I couldn't verify who you are, so I can't run this.", Hint: hint, After: fault.After(err), Cause: err,
		}}
	}
	a := admission{who: cmp.Or(subject.Person.Email, subject.Person.ID), subject: subject, grant: b.o.Access.For(subject, b.o.Org)}
	if why := a.grant.Refused(); why != "" {
		hint := "Ask the people who run this bot."
		if b.o.Access.Source() == "" {
			hint = "Without access rules, only people of the bot's organization can use it."
		}
		a.err = &fault.Error{Kind: fault.Denied, Message: "You can't use this bot here: " + why + ".", Hint: hint}
	}
	return a
}

// lookUp looks up what the access rules need and the event doesn't say.
func (b *Bot) lookUp(ctx context.Context, p chat.Person, r chat.Room, kind bool) (access.Subject, error) {
	needs := b.o.Access.Needs()
	if needs.Email && p.Email == "" || needs.Org && p.Org == "" {
		found, err := b.o.Directory.Person(ctx, p.ID)
		if err != nil {
			return access.Subject{}, err
		}
		p = found
	}
	if needs.Kind && !kind || needs.Title || needs.Foreign {
		found, err := b.o.Directory.Room(ctx, r.ID, needs.Foreign)
		if err != nil {
			return access.Subject{}, err
		}
		r = found
	}
	return access.Subject{Person: p, Room: r}, nil
}

// open begins the session of a person who was admitted, for an event in a thread.
func (b *Bot) open(ctx context.Context, a admission, event, thread string, working func(chat.Reply)) *session {
	s := &session{o: &b.o, all: b.scopes.all, event: event, who: a.who, room: a.subject.Room, working: working}
	s.scope = b.scopes.find(a.grant)
	s.page = b.draws(s.room.ID, thread, tracing.ID(ctx))
	return s
}

// cancellable returns a context that ends when the session's event is cancelled; end must be called.
func (s *session) cancellable(ctx context.Context) (_ context.Context, end func()) {
	ctx, stop := context.WithCancelCause(ctx)
	s.o.Activity.begin(s.event, s.room.ID, s.who, func() { stop(errCancelled) })
	return ctx, func() {
		s.o.Activity.end(s.event)
		stop(nil)
	}
}

// progress draws the line about a run of which so many devices have answered; its card has a button to cancel
// the run.
func (s *session) progress(done int, devices ...string) chat.Reply {
	return s.page.Progress(render.Progress{Devices: devices, Done: done, Run: s.event})
}

// failed draws an error, or that the run was cancelled.
func (s *session) failed(ctx context.Context, err error, run *query.Run) chat.Reply {
	if errors.Is(context.Cause(ctx), errCancelled) {
		reply := s.page.Text(errCancelled.Message)
		reply.Err = errCancelled
		return reply
	}
	return s.page.Error(err, run)
}
