// Package webhook hears by webhooks: Webex posts what happens to an address of ours, or to a relay
// that we ask for it.
//
// It verifies a delivery, stores its notice and answers, in that order, and keeps the bot's own
// webhooks right. It fetches nothing and answers no questions. It is imported by internal/app.
package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/secret"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

// Path is where deliveries arrive.
const Path = "/webex-webhooks"

// signatureHeader carries the HMAC of the body (Webex guide, Webhooks, "Handling requests").
const signatureHeader = "X-Spark-Signature"

const (
	lookEvery = 2 * time.Minute // Webex disables a hook after 100 failures in five minutes
	lookAgain = 5 * time.Second // after looking failed
	leadFor   = 5 * time.Minute // one of several replicas looks after the hooks for so long
)

// Transport hears by webhooks.
type Transport struct {
	receiver *transport.Receiver
	config   Config
	key      secret.Text
	port     string       // that we listen on
	agent    *http.Client // asks an ngrok agent, and a relay
	process  []byte       // a name of this process
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that hears with receiver; deliveries come to address. Without a secret of the
// settings it uses the one that is noted, or makes one up: replicas have to use the same.
func New(ctx context.Context, receiver *transport.Receiver, config Config, key secret.Text, address net.Addr) (*Transport, error) {
	if key.IsZero() {
		kept, err := receiver.Notes.Claim(ctx, "webhook-secret", []byte(rand.Text()), 0)
		if err != nil {
			return nil, err
		}
		key = secret.New(string(kept))
	}
	_, port, err := net.SplitHostPort(address.String())
	return &Transport{receiver: receiver, config: config, key: key, port: port, agent: &http.Client{}, process: []byte(rand.Text())}, err
}

// Describe implements transport.Transport.
func (t *Transport) Describe() string {
	if t.config.Smee != "" {
		return "by webhooks through " + t.config.Smee
	}
	return "by webhooks at " + t.config.PublicURL
}

// Handler returns the handler of deliveries: 401 for a wrong signature, 400 for what is no delivery,
// 503 when the inbox has no room, else 200 as soon as the notice is kept.
func (t *Transport) Handler() echo.HandlerFunc {
	return func(c echo.Context) error {
		// The body is bounded by the server's middleware; reading it must come first, since the
		// signature is over its bytes as they stand.
		body, err := io.ReadAll(c.Request().Body)
		var tooLarge *echo.HTTPError
		switch {
		case errors.As(err, &tooLarge):
			return tooLarge
		case err != nil:
			return echo.NewHTTPError(http.StatusBadRequest, "the body is cut off").SetInternal(err)
		}
		n, err := t.notice(body, c.Request().Header.Get(signatureHeader), true)
		if err != nil {
			return err
		}
		if _, err := t.receiver.Put(c.Request().Context(), n); err != nil {
			t.receiver.RequestCatchUp() // Webex doesn't try again
			return err
		}
		return c.NoContent(http.StatusOK)
	}
}

// notice verifies a delivery and returns what it tells.
func (t *Transport) notice(body []byte, signature string, strict bool) (chat.Event, error) {
	if !webex.Verify(t.key, body, signature) {
		if strict {
			t.receiver.Log.Warn("refused a delivery: its signature is missing or wrong")
			return chat.Event{}, echo.NewHTTPError(http.StatusUnauthorized, "the signature is missing or wrong")
		}
		t.receiver.Log.Debug("took a delivery whose signature is broken")
	}
	return webex.ParseDelivery(body)
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return t.look(ctx) })
	parts.Go(func() error { t.receiver.RunCatchUps(ctx); return nil })
	if t.config.Smee != "" {
		parts.Go(func() error { return t.relay(ctx) })
	}
	return parts.Wait()
}

// look keeps the webhooks as they should be. Each time it also looks what they missed: a delivery that
// failed isn't repeated, and nobody is told of it.
func (t *Transport) look(ctx context.Context) error {
	wait := lookAgain
	for first := true; ; first = false {
		err := t.receiver.NoteStart(ctx)
		if err == nil {
			err = t.reconcile(ctx, first)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first && !fault.Temporary(err):
			return err
		case err != nil:
			t.receiver.State.Down(err)
			t.receiver.WithError(err).Warn("can't look after the webhooks; I'll try again")
			wait = max(lookAgain, fault.After(err))
		case t.config.Smee == "":
			t.receiver.State.Up()
			fallthrough
		default:
			t.receiver.RequestCatchUp()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, lookEvery)
	}
}

// reconcile makes the webhooks right: at the start in any case, and later unless another replica does.
func (t *Transport) reconcile(ctx context.Context, first bool) error {
	holder, err := t.receiver.Notes.Claim(ctx, "webhooks", t.process, leadFor)
	if err != nil || !first && string(holder) != string(t.process) {
		return err
	}
	target := t.config.Smee
	if target == "" {
		public := t.config.PublicURL
		if public == "auto" {
			if public, err = Tunnel(ctx, t.agent, t.port); err != nil {
				return err
			}
		}
		target = strings.TrimRight(public, "/") + Path
	}
	return Reconcile(ctx, t.receiver.Client, t.receiver.Me, target, t.key, t.receiver.Log)
}
