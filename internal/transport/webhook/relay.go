package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/retry"
)

const (
	maxSilence    = 75 * time.Second // relays send something every 30 s
	headerTimeout = 15 * time.Second // until a relay responds
	maxEvent      = 256 << 10        // bytes
	firstPause    = time.Second      // before connecting again
	maxPause      = time.Minute
)

// positionNote is the note with the channel and the id of the last event that was handled.
const positionNote = "relay-position"

// position is where a stream goes on after an interruption.
type position struct {
	Channel string `json:"channel"`
	ID      string `json:"id"`
}

// runRelay receives deliveries from a channel of smee.io or gosmee until ctx ends.
func (t *Transport) runRelay(ctx context.Context) error {
	pauses := retry.NewBackoff(firstPause, maxPause)
	for {
		err := t.readRelay(ctx, pauses.Reset)
		if ctx.Err() != nil {
			return nil
		}
		t.health.relay(err)
		pause := pauses.Next(err)
		t.receiver.WithError(err).Warnf("the connection to the relay is down; connecting again in %v", pause.Round(time.Millisecond))
		if retry.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// errSilent means that a relay sent nothing for too long.
var errSilent = errors.New("no data in time")

// readRelay reads one stream to its end. It calls connected at the first byte.
func (t *Transport) readRelay(ctx context.Context, connected func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(headerTimeout, func() { cancel(errSilent) })
	defer silence.Stop()
	at := t.position(ctx)
	resp, err := t.subscribe(ctx, at)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	silence.Reset(maxSilence)
	t.receiver.RequestCatchUp() // most relays drop what is sent while nobody is connected
	body := &watchedReader{from: resp.Body, read: func() {
		silence.Reset(maxSilence)
		t.health.relay(nil)
		connected()
	}}
	for e, err := range readStream(body, maxEvent) {
		if errors.Is(context.Cause(ctx), errSilent) {
			return &fault.Error{Kind: fault.Unavailable, Message: fmt.Sprintf("The relay sent nothing for %v.", maxSilence)}
		}
		if err != nil {
			return &fault.Error{Kind: fault.Unavailable, Message: "The connection to the relay was lost.", Cause: err}
		}
		t.relayed(ctx, e)
		if e.name == "" && e.id != "" && e.id != at { // named events are the relay's own, such as ping
			at = e.id
			t.notePosition(ctx, at)
		}
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "The relay closed the connection."}
}

// watchedReader calls read after each read of at least one byte.
type watchedReader struct {
	from io.Reader
	read func()
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if n > 0 {
		r.read()
	}
	return n, err
}

// position returns the id of the last event handled from this channel, or "".
func (t *Transport) position(ctx context.Context) string {
	text, err := t.receiver.Notes.Read(ctx, positionNote)
	var p position
	if err != nil || text == nil || json.Unmarshal(text, &p) != nil || p.Channel != t.config.Smee {
		return ""
	}
	return p.ID
}

func (t *Transport) notePosition(ctx context.Context, id string) {
	text, err := json.Marshal(position{t.config.Smee, id})
	if err == nil {
		err = t.receiver.Notes.Write(ctx, positionNote, text)
	}
	if err != nil && ctx.Err() == nil {
		t.receiver.Log.WithError(err).Warn("the position in the relay's stream can't be noted; after a restart some events may come again")
	}
}

// subscribe opens the stream after the event with an id: at the channel's own address for smee.io,
// below /events for gosmee.
func (t *Transport) subscribe(ctx context.Context, after string) (*http.Response, error) {
	slash := strings.LastIndex(t.config.Smee, "/")
	var last error
	for _, at := range []string{t.config.Smee, t.config.Smee[:slash] + eventsPath + t.config.Smee[slash:]} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "text/event-stream") // exactly: smee.io responds to anything else with a page
		if after != "" {
			req.Header.Set("Last-Event-ID", after)
		}
		resp, err := t.agent.Do(req)
		switch {
		case errors.Is(context.Cause(ctx), errSilent):
			return nil, &fault.Error{Kind: fault.Timeout, Message: fmt.Sprintf("The relay at %s didn't respond within %v.", t.config.Smee, headerTimeout), Hint: "Check that the relay works, or use another one."}
		case err != nil:
			return nil, &fault.Error{Kind: fault.Unavailable, Message: "The relay at " + t.config.Smee + " can't be reached.", Hint: "Check the address and outbound access to it.", Cause: err}
		}
		if resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
			return resp, nil
		}
		last = &fault.Error{
			Kind: fault.Unavailable, Message: fmt.Sprintf("There is no stream of events at %s (status %d).", t.config.Smee, resp.StatusCode),
			Hint: "Set --smee to a channel of smee.io or of a gosmee server.",
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxEvent)) // lets the connection be used again
		_ = resp.Body.Close()
	}
	return nil, last
}

// relayed handles one event of the stream: a delivery, or a message of the relay itself.
func (t *Transport) relayed(ctx context.Context, e streamEvent) {
	log := t.receiver.Log
	switch {
	case e.tooLarge:
		log.Warnf("an event of the relay with more than %d bytes was skipped", maxEvent)
		return
	case e.name == "gosmee-gap":
		log.Warn("the relay no longer has all events since the last connection: messages are caught up, buttons must be pressed again")
		t.receiver.RequestCatchUp()
		return
	}
	body, signature, err := unpack(e.data)
	switch {
	case err != nil:
		log.WithError(err).Warn("an event of the relay isn't JSON; it was skipped")
		return
	case body == nil: // ready, ping, connected
		return
	}
	n, err := t.event(body, signature, !t.config.SmeeUnsigned)
	if err != nil {
		log.WithError(err).Warn("an event of the relay isn't a delivery to this bot; it was skipped")
		return
	}
	t.health.delivered()
	if err := t.receiver.PutUntil(ctx, n); err != nil {
		log.WithError(err).WithField("id", n.ID).Error("an event wasn't stored")
	}
}

// unpack returns the delivery in an event with its signature. body is nil if there is none.
func unpack(data string) (body []byte, signature string, err error) {
	var event struct {
		Signature string          `json:"x-spark-signature"`
		Body      json.RawMessage `json:"body"`  // smee.io: re-encoded
		Raw       []byte          `json:"bodyB"` // gosmee: the original bytes
	}
	if err := json.Unmarshal([]byte(data), &event); err != nil {
		return nil, "", err
	}
	if event.Raw != nil {
		return event.Raw, event.Signature, nil
	}
	return event.Body, event.Signature, nil
}
