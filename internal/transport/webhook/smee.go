package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/tmaxmax/go-sse"

	"overwatch/internal/fault"
)

const (
	relaySilence = 75 * time.Second // a relay says something every 30 s
	maxRelayed   = 256 << 10        // bytes of one event
)

// relay takes deliveries from a channel of smee.io or gosmee until ctx ends.
func (t *Transport) relay(ctx context.Context) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = time.Second, time.Minute
	for {
		began := time.Now()
		err := t.listen(ctx)
		if ctx.Err() != nil {
			return nil
		}
		t.receiver.State.Down(err)
		if time.Since(began) > time.Minute {
			wait.Reset()
		}
		pause := wait.NextBackOff()
		t.receiver.WithError(err).Warnf("the relay is gone; I'll come back in %v", pause.Round(time.Millisecond))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// listen reads one stream of server-sent events (WHATWG HTML, section 9.2) to its end.
func (t *Transport) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := t.subscribe(ctx)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	t.receiver.RequestCatchUp() // a relay forgets what comes while nobody listens
	silent := time.AfterFunc(relaySilence, cancel)
	defer silent.Stop()
	for event, err := range sse.Read(resp.Body, &sse.ReadConfig{MaxEventSize: maxRelayed}) {
		if err != nil {
			return &fault.Error{Kind: fault.Unavailable, Message: "The stream of the relay broke off.", Cause: err}
		}
		silent.Reset(relaySilence)
		t.relayed(ctx, event.Data)
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "The relay ended its stream."}
}

// subscribe opens the stream: at the channel's own address for smee.io, below /events for gosmee.
func (t *Transport) subscribe(ctx context.Context) (*http.Response, error) {
	slash := strings.LastIndex(t.config.Smee, "/")
	var last error
	for _, at := range []string{t.config.Smee, t.config.Smee[:slash] + "/events" + t.config.Smee[slash:]} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "text/event-stream") // exactly: smee.io answers anything else with a page
		resp, err := t.agent.Do(req)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Unavailable, Message: "I can't reach the relay at " + t.config.Smee + ".", Hint: "Check the address, and the way to it.", Cause: err}
		}
		if resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
			return resp, nil
		}
		last = &fault.Error{
			Kind: fault.Unavailable, Message: fmt.Sprintf("There is no stream of events at %s (status %d).", t.config.Smee, resp.StatusCode),
			Hint: "Name a channel of smee.io or of a gosmee server with --smee.",
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxRelayed)) // for the next request over the connection
		_ = resp.Body.Close()
	}
	return nil, last
}

// relayed takes one event: a delivery, or the relay's own word.
func (t *Transport) relayed(ctx context.Context, data string) {
	body, signature, err := unpack(data)
	switch {
	case err != nil:
		t.receiver.Log.WithError(err).Warn("the relay sent something that isn't JSON")
		return
	case body == nil: // ready, ping, connected
		t.receiver.State.Up()
		return
	}
	n, err := t.notice(body, signature, !t.config.SmeeUnsigned)
	if err != nil {
		t.receiver.Log.WithError(err).Warn("the relay sent something that isn't a delivery of ours")
		return
	}
	if err := t.receiver.PutUntil(ctx, n); err != nil {
		t.receiver.Log.WithError(err).WithField("id", n.ID).Error("couldn't store what was heard")
	}
}

// unpack returns the delivery in an event with its signature; nil when there is none in it.
func unpack(data string) (body []byte, signature string, err error) {
	var event struct {
		Signature string          `json:"x-spark-signature"`
		Body      json.RawMessage `json:"body"`  // smee.io: the delivery, written anew
		Raw       []byte          `json:"bodyB"` // gosmee: its bytes as they were
	}
	if err := json.Unmarshal([]byte(data), &event); err != nil {
		return nil, "", err
	}
	if event.Raw != nil {
		return event.Raw, event.Signature, nil
	}
	return event.Body, event.Signature, nil
}
