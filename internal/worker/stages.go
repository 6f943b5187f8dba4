package worker

import (
	"context"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/retry"
	"overwatch/internal/tracing"
)

// stage runs one stage of a job until it succeeds or is given up. again says which errors deserve
// another attempt. A token that Webex refuses altogether does as well: with a new one all events of the
// inbox can be handled.
func stage[T any](ctx context.Context, j *job, name string, again func(error) bool, step func(context.Context) (T, error)) (T, error) {
	ctx, end := tracing.Start(ctx, name)
	began := time.Now()
	policy := retry.Policy{
		GiveUp: j.GiveUpAfter,
		Retry: func(err error) bool {
			return again(err) && !j.holdsUp(ctx, began, err) || fault.Of(err) == fault.Denied && fault.Of(j.Messenger.Check(ctx)) == fault.Denied
		},
		Notify: func(err error, pause time.Duration) {
			j.Metrics.Retried(name)
			j.log.WithError(err).WithField("stage", name).Warnf("retrying in %v", pause.Round(time.Millisecond))
		},
	}
	result, err := retry.Do(ctx, policy, step)
	j.took[name] += time.Since(began)
	end(err)
	return result, err
}

// holdsUp reports whether a stage has failed for too long although Webex works: the error is about
// this event, and the space must not wait for it. Later stages of such an event aren't retried. Rate
// limits are about the bot and are waited for.
func (j *job) holdsUp(ctx context.Context, began time.Time, err error) bool {
	if fault.Of(err) == fault.RateLimited || !j.heldUp && time.Since(began) < j.HoldsUp {
		return false
	}
	j.heldUp = j.Messenger.Check(ctx) == nil
	return j.heldUp
}

// freshlyMissing retries a few times what isn't found: Webex announces events a moment before they can
// be read (WebexPythonSDK issue 83).
func freshlyMissing() func(error) bool {
	left := 4
	return func(err error) bool {
		left--
		return fault.Temporary(err) || fault.Of(err) == fault.NotFound && left >= 0
	}
}

// fetch returns the content of the event; nil isn't for the bot.
func (j *job) fetch(ctx context.Context) (chat.Content, error) {
	if c, ok := j.interrupts.take(ctx, j.event); ok {
		return c, nil
	}
	return stage(ctx, j, "fetch", freshlyMissing(), func(ctx context.Context) (chat.Content, error) { return j.Messenger.Fetch(ctx, j.event) })
}

// place notes where the content comes from, and from which person.
func (j *job) place(c chat.Content) {
	switch c := c.(type) {
	case chat.Message:
		j.room, j.person, j.direct = c.Room.ID, c.Person.ID, c.Room.Direct
	case chat.Submission:
		j.room, j.person = c.Room.ID, c.Person.ID
	case chat.Arrival:
		j.room = c.Room.ID
	}
	j.log = j.log.WithFields(logrus.Fields{"room": j.room, "person": j.person})
}

// handle returns the replies to the content. It is retried while the handler can't begin, such as when
// Webex doesn't tell who a person is; no device has been queried then.
func (j *job) handle(ctx context.Context, c chat.Content, line *progressLine) []chat.Reply {
	working := func(r chat.Reply) {
		j.interrupts.working(j.event.Space())
		line.show(ctx, r)
	}
	replies, _ := stage(ctx, j, "think", fault.Temporary, func(ctx context.Context) ([]chat.Reply, error) {
		replies := j.Handler.Handle(ctx, c, working)
		if len(replies) == 1 && replies[0].Retry {
			return replies, replies[0].Err
		}
		return replies, nil
	}) // the replies carry the error
	if !slices.ContainsFunc(replies, func(r chat.Reply) bool { return r.File != nil }) {
		line.freeze() // a file is written while it is sent, which takes long as well
	}
	return replies
}
