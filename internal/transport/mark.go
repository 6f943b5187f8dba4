package transport

import (
	"context"
	"fmt"
	"time"
)

// Names of notes, and limits of what is caught up.
const (
	untilNote  = "received-until" // the time until which everything was received
	sinceNote  = "received-since" // the time of the first start
	overlap    = 2 * time.Minute  // looked at again: clocks differ, and Webex lists some things late
	startSkew  = 10 * time.Second // the same before the first start
	maxCatchUp = 4 * time.Hour    // older events are dropped: nobody waits for the reply any more
)

// NoteStart notes the time of the bot's first start: messages before it are never caught up. A
// transport calls it before it is up.
func (r *Receiver) NoteStart(ctx context.Context) error {
	_, err := r.since(ctx, time.Now())
	return err
}

// NoteReceived notes that everything until now was received, for the next start. It does nothing while
// a catch-up is requested or running.
func (r *Receiver) NoteReceived(ctx context.Context) error {
	if r.requests.pending() {
		return nil
	}
	return r.noteUntil(ctx, time.Now())
}

func (r *Receiver) noteUntil(ctx context.Context, at time.Time) error {
	return r.Notes.Write(ctx, untilNote, []byte(r.skipped.earliest(at).UTC().Format(time.RFC3339Nano)))
}

// since returns the time since when events may have been missed. At the first start that is now.
func (r *Receiver) since(ctx context.Context, now time.Time) (time.Time, error) {
	start, err := r.Notes.Claim(ctx, sinceNote, []byte(now.Add(-startSkew).UTC().Format(time.RFC3339Nano)), 0)
	if err != nil {
		return now, err
	}
	oldest, err := parseNote(sinceNote, start)
	if err != nil {
		return now, err
	}
	until, err := r.Notes.Read(ctx, untilNote)
	if err != nil || until == nil {
		return oldest, err
	}
	since, err := parseNote(untilNote, until)
	if err != nil {
		return now, err
	}
	return latest(since.Add(-overlap), oldest, now.Add(-maxCatchUp)), nil
}

func parseNote(name string, text []byte) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return at, fmt.Errorf("the note %s can't be read: %w", name, err)
	}
	return at, nil
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}
