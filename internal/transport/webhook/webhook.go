// Package webhook receives events by webhooks: Webex posts them to the bot's public address, or to a
// relay (smee.io, gosmee) from which the bot fetches them.
//
// It verifies a delivery, stores its event and responds, in that order, and keeps the bot's webhooks
// correct. It fetches no content and sends no replies. It is imported by internal/app.
//
// Reading order: config.go, tunnel.go, reconcile.go, health.go, webhook.go, stream.go, relay.go.
package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/retry"
	"overwatch/internal/secret"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

// signatureHeader carries the HMAC of the body (Webex guide, Webhooks, "Handling requests").
const signatureHeader = "X-Spark-Signature"

const (
	checkEvery    = 2 * time.Minute // Webex disables a webhook after 100 failures within five minutes
	recheckAfter  = 5 * time.Second // a failed check
	claimFor      = 3 * time.Minute // how long one replica maintains the webhooks unless it renews the claim
	releaseWithin = 5 * time.Second
)

// claimNote is the note with the replica that maintains the webhooks.
const claimNote = "webhooks"

// Transport receives events by webhooks.
type Transport struct {
	receiver *transport.Receiver
	config   Config
	key      secret.Text
	listen   net.Addr
	agent    *http.Client // for an ngrok agent and a relay
	replica  []byte       // identifies this replica, also after a restart
	health   *health
	tunnel   atomic.Pointer[string] // the address found for PublicURL auto
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that puts events into the inbox with r. The bot's server listens on listen.
// Without a key it uses the one in the notes, generating it at the first start, so that all replicas
// use the same. The error is a fault of kind Invalid for settings that can't work, or that of the notes.
func New(ctx context.Context, r *transport.Receiver, config Config, key secret.Text, listen net.Addr) (*Transport, error) {
	config, changes, err := config.normalize()
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		r.Log.Warn(change)
	}
	if key.IsZero() {
		kept, err := r.Notes.Claim(ctx, "webhook-secret", []byte(rand.Text()), 0)
		if err != nil {
			return nil, err
		}
		key = secret.New(string(kept))
	}
	host, err := os.Hostname()
	if err != nil {
		host = rand.Text()
	}
	return &Transport{
		receiver: r, config: config, key: key, listen: listen, agent: &http.Client{},
		replica: []byte(host + " " + listen.String()), health: newHealth(r.State, config.Smee != ""),
	}, nil
}

// Describe implements transport.Transport.
func (t *Transport) Describe() string {
	switch found := t.tunnel.Load(); {
	case t.config.Smee != "":
		return "by webhooks through " + t.config.Smee
	case found != nil:
		return "by webhooks at " + *found + ", a tunnel of ngrok"
	}
	return "by webhooks at " + t.config.PublicURL
}

// Handler returns the handler of deliveries. It responds 401 to a wrong signature, 400 to anything
// that isn't a delivery, 503 if the event can't be stored, else 200 after it was stored.
func (t *Transport) Handler() echo.HandlerFunc {
	return func(c echo.Context) error {
		// The signature is over the unchanged bytes, so they are read first. The server's middleware limits
		// their number.
		body, err := io.ReadAll(c.Request().Body)
		var tooLarge *echo.HTTPError
		switch {
		case errors.As(err, &tooLarge):
			return tooLarge
		case err != nil:
			return echo.NewHTTPError(http.StatusBadRequest, "the body is cut off").SetInternal(err)
		}
		n, err := t.event(body, c.Request().Header.Get(signatureHeader), true)
		if err != nil {
			t.receiver.Log.WithError(err).Warn("a delivery was refused")
			return err
		}
		t.health.delivered()
		if _, err := t.receiver.Put(c.Request().Context(), n); err != nil {
			t.receiver.RequestCatchUp() // Webex doesn't repeat a delivery
			return err
		}
		return c.NoContent(http.StatusOK)
	}
}

// event verifies a delivery and returns its event. If strict is false, a wrong signature is accepted.
func (t *Transport) event(body []byte, signature string, strict bool) (chat.Event, error) {
	if !webex.Verify(t.key, body, signature) {
		if strict {
			return chat.Event{}, echo.NewHTTPError(http.StatusUnauthorized, "the signature is missing or wrong")
		}
		t.receiver.Log.Debug("a delivery with a wrong signature was accepted")
	}
	return webex.ParseDelivery(body)
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	defer t.release(context.WithoutCancel(ctx))
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return t.maintain(ctx) })
	parts.Go(func() error { t.receiver.RunCatchUps(ctx); return nil })
	if t.config.Smee != "" {
		parts.Go(func() error { return t.runRelay(ctx) })
	}
	return parts.Wait()
}

// maintain keeps the webhooks correct. Each check also requests a catch-up, since Webex doesn't repeat
// a delivery that failed.
func (t *Transport) maintain(ctx context.Context) error {
	pauses := retry.NewBackoff(recheckAfter, checkEvery)
	for first := true; ; first = false {
		err := t.receiver.NoteStart(ctx)
		if err == nil {
			err = t.check(ctx, first)
		}
		pause := checkEvery
		switch {
		case ctx.Err() != nil:
			return nil
		case first && fault.Of(err) == fault.Invalid, t.receiver.TokenRefused(ctx, err):
			return err
		case err != nil:
			pause = pauses.Next(err)
			t.health.hooks(err)
			t.receiver.WithError(err).Warnf("the webhooks can't be checked; next attempt in %v", pause.Round(time.Millisecond))
		default:
			pauses.Reset()
			t.health.hooks(nil)
			t.receiver.RequestCatchUp()
		}
		if retry.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// check corrects the webhooks: at the start in any case, later unless another replica maintains them.
func (t *Transport) check(ctx context.Context, first bool) error {
	holder, err := t.receiver.Notes.Claim(ctx, claimNote, t.replica, claimFor)
	if err != nil || !first && string(holder) != string(t.replica) {
		return err
	}
	target := t.config.Smee
	if target == "" {
		public := t.config.PublicURL
		if public == auto {
			if public, err = Tunnel(ctx, t.agent, t.listen); err != nil {
				return err
			}
			t.tunnel.Store(&public)
		}
		target = public + Path
	}
	return Reconcile(ctx, t.receiver.Client, t.receiver.Me, target, t.key, t.receiver.Log)
}

// release lets another replica maintain the webhooks at once.
func (t *Transport) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseWithin)
	defer cancel()
	if _, err := t.receiver.Notes.Claim(ctx, claimNote, t.replica, time.Second); err != nil {
		t.receiver.Log.WithError(err).Debug("the claim on the webhooks can't be released")
	}
}
