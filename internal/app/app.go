package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/secret"
	"overwatch/internal/server"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/webex"
)

const (
	inboxCapacity  = 10_000           // notices
	reconcileEvery = 5 * time.Minute  // Webex disables a hook after 100 failures in five minutes
	reconcileAgain = 10 * time.Second // after it failed
	stopWithin     = 30 * time.Second // until connections are cut
)

// App is a running bot.
type App struct {
	settings config.Config
	log      logrus.FieldLogger
	listener net.Listener

	answering *Answering
	webex     *webex.Client
	me        webex.Person
	store     inbox.Store
	echo      *echo.Echo
	key       secret.Text // signs webhook deliveries
	hearing   atomic.Bool // the webhooks are as they should be
	heard     chan struct{}
	once      sync.Once // closes heard
}

// New makes an App, listens, and asks Webex who it is. The listener may be nil; the App closes it
// either way.
func New(ctx context.Context, settings config.Config, listener net.Listener, log logrus.FieldLogger) (_ *App, err error) {
	a := &App{settings: settings, log: log, listener: listener, store: inbox.NewMemory(inboxCapacity), heard: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	token, err := config.Secret("webex-bot-token", settings.Webex.WebexBotToken, settings.Webex.WebexBotTokenFile)
	if err != nil {
		return nil, err
	}
	if a.key, err = config.Secret("webhook-secret", settings.Webhook.WebhookSecret, settings.Webhook.WebhookSecretFile); err != nil {
		return nil, err
	}
	if a.key.IsZero() {
		a.key = secret.New(rand.Text())
	}
	if a.answering, err = LoadAnswering(ctx, settings.Asking, log); err != nil {
		return nil, err
	}
	if a.webex, err = webex.New(webex.Options{BaseURL: settings.Webex.WebexAPIURL, Token: token}); err != nil {
		return nil, err
	}
	if a.me, err = a.webex.Me(ctx); err != nil {
		return nil, err
	}
	if a.listener == nil {
		if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", settings.Server.Listen); err != nil {
			return nil, &fault.Error{
				Kind: fault.Invalid, Say: fmt.Sprintf("can't listen on %s", settings.Server.Listen),
				Do: "Free the port, or choose another with --listen.", Cause: err,
			}
		}
	}
	a.echo = server.New(log, a.ready)
	a.echo.POST(webhook.Path, webhook.Handler(a.key, a.store, log))
	return a, nil
}

// Me is who the bot is in Webex.
func (a *App) Me() webex.Person { return a.me }

// Addr is where the App listens.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Run serves, hears and answers until ctx ends, then finishes what it is at.
func (a *App) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	worker := inbox.NewWorker(inbox.WorkerOptions{
		Store: a.store, Conversation: webex.NewConversation(a.webex, a.me),
		Brain: a.answering.Bot, Log: a.log,
	})
	var parts errgroup.Group
	run := func(part func() error) {
		parts.Go(func() error {
			defer cancel() // one part that ends takes the others along
			return part()
		})
	}
	run(func() error {
		a.echo.Listener = a.listener
		if err := a.echo.Start(""); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	run(func() error { return a.hear(work) })
	run(func() error { return worker.Run(work) })
	<-work.Done()
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer done()
	err := a.echo.Shutdown(stop)
	return errors.Join(parts.Wait(), err, a.close())
}

// hear keeps the webhooks as they should be.
func (a *App) hear(ctx context.Context) error {
	for first := true; ; first = false {
		err := a.reconcile(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first && !fault.Passing(err):
			return err
		case err != nil:
			a.log.WithError(err).Warn("can't look after the webhooks; I'll try again")
		}
		a.hearing.Store(err == nil)
		if err == nil {
			a.once.Do(func() { close(a.heard) })
		}
		wait := reconcileEvery
		if err != nil {
			wait = max(reconcileAgain, fault.After(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (a *App) reconcile(ctx context.Context) error {
	public := a.settings.Webhook.PublicURL
	if public == "" {
		_, port, err := net.SplitHostPort(a.listener.Addr().String())
		if err != nil {
			return err
		}
		if public, err = webhook.Tunnel(ctx, http.DefaultClient, port); err != nil {
			return err
		}
	}
	return webhook.Reconcile(ctx, a.webex, strings.TrimRight(public, "/")+webhook.Path, a.key, a.log)
}

// WaitReady waits until the bot hears for the first time.
func (a *App) WaitReady(ctx context.Context) error {
	select {
	case <-a.heard:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ready says why the bot can't hear or answer now.
func (a *App) ready(context.Context) error {
	if !a.hearing.Load() {
		return &fault.Error{Kind: fault.Unavailable, Say: "The webhooks aren't set up yet.", Do: "See the log for the reason."}
	}
	return nil
}

func (a *App) close() error {
	if a.answering != nil {
		a.answering.Close()
	}
	if a.webex != nil {
		a.webex.Close()
	}
	err := a.store.Close()
	if a.listener != nil {
		if closed := a.listener.Close(); !errors.Is(closed, net.ErrClosed) {
			err = errors.Join(err, closed)
		}
	}
	return err
}
