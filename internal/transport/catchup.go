package transport

import (
	"context"
	"fmt"
	"slices"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

const (
	mark      = "heard-until"    // the note that says until when everything was heard
	first     = "heard-since"    // the note that says since when
	overlap   = 2 * time.Minute  // looked at again: clocks differ, and Webex shows some things late
	skew      = 10 * time.Second // before the very first start, for the same reason
	retryMost = 30 * time.Second // between attempts
	longest   = 4 * time.Hour    // what is older than that isn't caught up: nobody waits for it any more
)

// NoteReceived notes that everything up to now was heard, so that the next start knows what it missed.
func (r *Receiver) NoteReceived(ctx context.Context) error {
	return r.mark(ctx, time.Now())
}

func (r *Receiver) mark(ctx context.Context, at time.Time) error {
	return r.Notes.Write(ctx, mark, []byte(at.UTC().Format(time.RFC3339Nano)))
}

// NoteStart notes when the bot began to hear, at its very first start. A transport calls it before it says
// that it hears: what happens from then on is caught up if it is missed.
func (r *Receiver) NoteStart(ctx context.Context) error {
	_, err := r.since(ctx, time.Now())
	return err
}

// since is from when on things may have been missed. At the very first start that is now.
func (r *Receiver) since(ctx context.Context, now time.Time) (time.Time, error) {
	began, err := r.Notes.Claim(ctx, first, []byte(now.Add(-skew).UTC().Format(time.RFC3339Nano)), 0)
	if err != nil {
		return now, err
	}
	oldest, err := time.Parse(time.RFC3339Nano, string(began))
	if err != nil {
		return now, fmt.Errorf("the note %s can't be read: %w", first, err)
	}
	noted, err := r.Notes.Read(ctx, mark)
	if err != nil || noted == nil {
		return oldest, err
	}
	since, err := time.Parse(time.RFC3339Nano, string(noted))
	if err != nil {
		return now, fmt.Errorf("the note %s can't be read: %w", mark, err)
	}
	since = since.Add(-overlap)
	for _, limit := range []time.Time{oldest, now.Add(-longest)} {
		if since.Before(limit) {
			since = limit
		}
	}
	return since, nil
}

// RequestCatchUp says that something may have been missed, which KeepUp looks for.
func (r *Receiver) RequestCatchUp() {
	select {
	case r.missed <- struct{}{}:
	default:
	}
}

// RunCatchUps catches up whenever something may have been missed, until ctx ends.
func (r *Receiver) RunCatchUps(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.missed:
		}
		for wait := time.Second; ; wait = min(2*wait, retryMost) {
			news, err := r.CatchUp(ctx)
			if err == nil {
				if news > 0 {
					r.Log.WithField("notices", news).Info("caught up what was missed")
				}
				break
			}
			if ctx.Err() != nil {
				return
			}
			r.WithError(err).Warn("can't catch up what was missed; I'll try again")
			select {
			case <-ctx.Done():
				return
			case <-time.After(max(wait, fault.After(err))):
			}
		}
	}
}

// CatchUp hears by REST what happened since the mark: messages in direct spaces, mentions in group
// spaces, and spaces the bot was added to. Presses can't be caught up, since Webex lists none. It
// returns how much was news.
func (r *Receiver) CatchUp(ctx context.Context) (news int, err error) {
	r.catching.Lock()
	defer r.catching.Unlock()
	began := time.Now()
	since, err := r.since(ctx, began)
	if err != nil {
		return 0, err
	}
	looked := map[string]struct{}{}
	hear := func(n chat.Event) error {
		n.Action, n.At = "created", time.Now()
		looked[n.Key()] = struct{}{}
		if _, known := r.recent[n.Key()]; known {
			return nil // the overlap, once more
		}
		if known, err := r.Sink.Known(ctx, n); known || err != nil {
			return err
		}
		stored, err := r.Put(ctx, n)
		if stored {
			news++
		}
		return err
	}
	if err := r.spaces(ctx, since, hear); err != nil {
		return news, err
	}
	if err := r.arrivals(ctx, since, hear); err != nil {
		return news, err
	}
	r.recent = looked
	return news, r.mark(ctx, began)
}

// spaces goes through the spaces where something happened.
func (r *Receiver) spaces(ctx context.Context, since time.Time, hear func(chat.Event) error) error {
	for room, err := range r.Client.Rooms(ctx) {
		if err != nil {
			return fmt.Errorf("list the spaces: %w", err)
		}
		if room.LastActivity.Before(since) {
			return nil // the latest come first
		}
		err := r.messages(ctx, room, since, hear)
		if err != nil && fault.Of(err) != fault.NotFound { // else the space is gone meanwhile
			return err
		}
	}
	return nil
}

// messages hears those of one space, oldest first.
func (r *Receiver) messages(ctx context.Context, room webex.Room, since time.Time, hear func(chat.Event) error) error {
	var missed []chat.Event
	for m, err := range r.Client.Messages(ctx, room.ID, room.Type != "direct") {
		if err != nil {
			return fmt.Errorf("list the messages of a space: %w", err)
		}
		if m.Created.Before(since) {
			break
		}
		missed = append(missed, chat.Event{Resource: "messages", ID: m.ID, Room: m.RoomID, Actor: m.PersonID})
	}
	for _, n := range slices.Backward(missed) {
		if err := hear(n); err != nil {
			return err
		}
	}
	return nil
}

// arrivals hears of the spaces that the bot was added to.
func (r *Receiver) arrivals(ctx context.Context, since time.Time, hear func(chat.Event) error) error {
	for m, err := range r.Client.OwnMemberships(ctx) {
		if err != nil {
			return fmt.Errorf("list the bot's memberships: %w", err)
		}
		if m.Created.Before(since) {
			continue
		}
		if err := hear(chat.Event{Resource: "memberships", ID: m.ID, Room: m.RoomID}); err != nil {
			return err
		}
	}
	return nil
}
