package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/retry"
	"overwatch/internal/webex"
)

// Pauses between attempts while catching up.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
	maxTries   = 4 // of one space with a temporary error; then it is skipped for a while
)

// RequestCatchUp makes RunCatchUps catch up, since events may have been missed.
func (r *Receiver) RequestCatchUp() { r.requests.add() }

// RunCatchUps catches up when it is requested and when a skipped space is due, until ctx ends.
func (r *Receiver) RunCatchUps(ctx context.Context) {
	pauses := retry.NewBackoff(firstPause, 10*maxPause)
	for r.requested(ctx) {
		for {
			stored, err := r.CatchUp(ctx, func(error) {})
			if stored > 0 {
				r.Log.WithField("events", stored).Info("caught up on missed events")
			}
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				pauses.Reset()
				break
			}
			if fault.Temporary(err) || r.skipped.mayLog("catch-up", time.Now()) {
				r.WithError(err).Warn("catching up on missed events failed; it will be retried")
			}
			if retry.Sleep(ctx, pauses.Next(err)) != nil {
				return
			}
		}
	}
}

// requested waits for the next reason to catch up. It is false when ctx has ended.
func (r *Receiver) requested(ctx context.Context) bool {
	due := make(<-chan time.Time)
	if at, ok := r.skipped.next(); ok {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-r.requests.token:
	case <-due:
	}
	return true
}

// CatchUp receives by REST what happened since the last time: messages in direct spaces, mentions in
// group spaces, and spaces the bot was added to. Webex can't list button presses. It returns the number
// of events that were new.
//
// It waits while Webex is unavailable or limits the rate, and goes on at the same page then; waiting is
// called with the reason before each pause. A space whose messages Webex refuses to list is skipped and
// tried again later. An error is a refusal of everything, or that of ctx.
func (r *Receiver) CatchUp(ctx context.Context, waiting func(error)) (stored int, err error) {
	r.catching.Lock()
	defer r.catching.Unlock()
	now, request := time.Now(), r.requests.number()
	since, err := r.since(ctx, now)
	if err != nil {
		return 0, err
	}
	c := &catchUp{r: r, now: now, since: since, waiting: waiting, pauses: retry.NewBackoff(firstPause, maxPause), found: map[string]struct{}{}}
	err = c.spaces(ctx)
	if ctx.Err() == nil && !r.TokenRefused(ctx, err) {
		err = errors.Join(err, c.arrivals(ctx))
	}
	if err != nil {
		return c.stored, err
	}
	r.recent = c.found
	r.requests.serve(request)
	return c.stored, r.noteUntil(ctx, now)
}

// catchUp is one run of CatchUp.
type catchUp struct {
	r       *Receiver
	now     time.Time
	since   time.Time
	waiting func(error)
	pauses  *retry.Backoff
	found   map[string]struct{} // keys
	stored  int
}

// pause waits after a temporary error. The error it returns is that of ctx.
func (c *catchUp) pause(ctx context.Context, err error) error {
	pause := c.pauses.Next(err)
	c.r.WithError(err).Warnf("catching up goes on in %v", pause.Round(time.Millisecond))
	c.waiting(err)
	return retry.Sleep(ctx, pause)
}

// overcome returns nil if a list can be continued after err: after a pause if err is a temporary one,
// and without one item if that can't be read.
func (c *catchUp) overcome(ctx context.Context, err error) error {
	switch {
	case err == nil:
		c.pauses.Reset()
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, webex.ErrItem):
		if c.r.skipped.mayLog(err.Error(), c.now) {
			c.r.Log.WithError(err).Warn("an item that Webex listed is skipped")
		}
		return nil
	case fault.Temporary(err):
		return c.pause(ctx, err)
	}
	return err
}

// spaces catches up on the spaces with recent activity, and on skipped ones that are due.
func (c *catchUp) spaces(ctx context.Context) error {
	done := map[string]bool{}
	for room, err := range c.r.Client.Rooms(ctx) {
		if over := c.overcome(ctx, err); over != nil {
			return fmt.Errorf("list the spaces: %w", over)
		}
		if err != nil {
			continue
		}
		if !room.LastActivity.IsZero() && room.LastActivity.Before(c.since) {
			break // the most recently active come first
		}
		done[room.ID] = true
		since := c.since
		if s, ok := c.r.skipped.get(room.ID); ok {
			if c.now.Before(s.next) {
				continue
			}
			since = latest(s.since, c.now.Add(-maxCatchUp))
		}
		if err := c.space(ctx, room, since); err != nil {
			return err
		}
	}
	for _, s := range c.r.skipped.due(c.now) {
		if done[s.room.ID] {
			continue
		}
		if err := c.space(ctx, s.room, latest(s.since, c.now.Add(-maxCatchUp))); err != nil {
			return err
		}
	}
	return nil
}

// space catches up on one space, or skips it. An error concerns all spaces.
func (c *catchUp) space(ctx context.Context, room webex.Room, since time.Time) error {
	events, err := c.messages(ctx, room, since)
	for _, n := range slices.Backward(events) {
		if err := c.put(ctx, n); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, fault.Of(err) == fault.NotFound: // the space was deleted, or the bot removed from it
		c.r.skipped.remove(room.ID)
	case c.r.TokenRefused(ctx, err):
		return err
	default:
		c.r.skipped.add(room, since, c.now, err)
		if c.r.skipped.mayLog(room.ID, c.now) {
			c.r.WithError(err).WithFields(logrus.Fields{"room": room.ID, "title": room.Title}).
				Warn("the messages of a space can't be listed; the space is skipped and tried again later")
		}
	}
	return nil
}

// messages returns the messages of a space since a time, newest first, as far as they can be listed.
func (c *catchUp) messages(ctx context.Context, room webex.Room, since time.Time) (events []chat.Event, err error) {
	tries := 0
	for m, err := range c.r.Client.Messages(ctx, room.ID, room.Type != "direct") {
		if fault.Temporary(err) && fault.Of(err) != fault.RateLimited { // which concerns all spaces
			if tries++; tries >= maxTries {
				return events, err
			}
		}
		if over := c.overcome(ctx, err); over != nil {
			return events, over
		}
		if err != nil {
			continue
		}
		if tries = 0; !m.Created.IsZero() && m.Created.Before(since) {
			break
		}
		events = append(events, chat.Event{Resource: "messages", ID: m.ID, Room: m.RoomID, Actor: m.PersonID})
	}
	return events, nil
}

// arrivals catches up on the spaces that the bot was added to.
func (c *catchUp) arrivals(ctx context.Context) error {
	for m, err := range c.r.Client.OwnMemberships(ctx) {
		if over := c.overcome(ctx, err); over != nil {
			return fmt.Errorf("list the bot's memberships: %w", over)
		}
		if err != nil || m.Created.Before(c.since) {
			continue
		}
		if err := c.put(ctx, chat.Event{Resource: "memberships", ID: m.ID, Room: m.RoomID}); err != nil {
			return err
		}
	}
	return nil
}

// put stores an event unless it is known already.
func (c *catchUp) put(ctx context.Context, n chat.Event) error {
	n.Action, n.At, n.UUID = "created", time.Now(), webex.UUID(n.ID)
	c.found[n.Key()] = struct{}{}
	if _, known := c.r.recent[n.Key()]; known {
		return nil // in the overlap
	}
	for {
		known, err := c.r.sink.Known(ctx, n)
		if known {
			return nil
		}
		stored := false
		if err == nil {
			stored, err = c.r.Put(ctx, n)
		}
		if stored {
			c.stored++
		}
		if err == nil {
			c.pauses.Reset()
			return nil
		}
		if over := c.overcome(ctx, err); over != nil {
			return over
		}
	}
}
