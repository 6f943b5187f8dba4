package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"path/filepath"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/audit"
	"overwatch/internal/bot"
	"overwatch/internal/button"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/server"
	"overwatch/internal/telemetry"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
	"overwatch/internal/worker"
)

// AuditDir is the directory of audit records in the data directory.
const AuditDir = "audit"

// flushSpans is how long sending the last spans may take when the bot stops.
const flushSpans = 5 * time.Second

// App is a running bot.
type App struct {
	settings config.Config
	log      logrus.FieldLogger
	metrics  *telemetry.Metrics
	spans    trace.TracerProvider // nil without tracing
	cleanups cleanups

	engine    *Engine
	webex     *webex.Client
	me        webex.Person
	directory *webex.Directory
	messenger *webex.Messenger
	store     inbox.Store
	results   archive.Store
	copyAudit func(ctx context.Context, chain string, seq uint64, record []byte) error // nil without a cluster
	audit     *audit.Log
	copies    *audit.Copies // of audit records in a cluster; nil without one
	listener  net.Listener
	echo      *echo.Echo
	receiver  *transport.Receiver
	transport transport.Transport
	holdsUp   time.Duration // see worker.Options
}

// New sets a bot up: it reads the files of the settings, logs in to Webex, opens the inbox and listens.
// listener may be nil; the App closes it, also when New fails. Run runs the bot.
func New(ctx context.Context, settings config.Config, listener net.Listener, log logrus.FieldLogger) (_ *App, err error) {
	a := &App{settings: settings, log: log, listener: listener, metrics: telemetry.NewMetrics(Version())}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.cleanups.run())
		}
	}()
	if listener != nil {
		a.cleanups.add(a.closeListener)
	}
	for _, setUp := range []func(context.Context) error{
		a.loadEngine, a.connect, a.trace, a.openInbox, a.openAudit, a.attachEngine, a.listen, a.profile, a.buildServer, a.chooseTransport,
	} {
		if err := setUp(ctx); err != nil {
			return nil, err
		}
	}
	a.observe()
	return a, nil
}

func (a *App) loadEngine(ctx context.Context) (err error) {
	a.engine, err = newEngine(a.settings.Engine, filepath.Join(a.settings.Inbox.DataDir, "inventory"), a.metrics, a.log)
	if err != nil {
		return err
	}
	a.cleanups.add(func() error { a.engine.Close(); return nil })
	return a.engine.load(ctx)
}

// connect logs in to Webex.
func (a *App) connect(ctx context.Context) error {
	token, err := config.Secret("webex-bot-token", a.settings.Webex.WebexBotToken, a.settings.Webex.WebexBotTokenFile)
	if err != nil {
		return err
	}
	if a.webex, err = webex.New(webex.Options{BaseURL: a.settings.Webex.WebexAPIURL, Token: token}); err != nil {
		return err
	}
	a.cleanups.add(func() error { a.webex.Close(); return nil })
	if a.me, err = a.webex.Me(ctx); err != nil {
		return err
	}
	a.directory = webex.NewDirectory(a.webex, a.me)
	a.messenger = webex.NewMessenger(a.directory)
	return nil
}

func (a *App) trace(ctx context.Context) error {
	if a.settings.Telemetry.OTLPEndpoint == "" {
		return nil
	}
	provider, err := telemetry.Tracing(ctx, a.settings.Telemetry.OTLPEndpoint, Version())
	if err != nil {
		return err
	}
	a.spans = provider
	a.cleanups.add(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushSpans)
		defer cancel()
		return provider.Shutdown(ctx)
	})
	return nil
}

func (a *App) openInbox(ctx context.Context) (err error) {
	if a.store, a.results, a.copyAudit, err = openInbox(ctx, a.settings.Inbox, a.log); err == nil {
		a.cleanups.add(a.store.Close)
	}
	return err
}

func (a *App) openAudit(context.Context) (err error) {
	if a.audit, err = audit.Open(filepath.Join(a.settings.Inbox.DataDir, AuditDir)); err != nil {
		return &fault.Error{
			Kind: fault.Invalid, Message: "can't write audit records to " + a.settings.Inbox.DataDir,
			Hint: "Check that the bot's user may write there.", Cause: err,
		}
	}
	for _, w := range a.audit.Warnings() {
		a.log.Error(w)
	}
	a.cleanups.add(a.audit.Close)
	if a.copyAudit != nil {
		a.copies = audit.NewCopies(a.audit.Chain(), a.copyAudit, a.log)
	}
	return nil
}

// record writes an audit record and has it copied.
func (a *App) record(r audit.Record) {
	r, err := a.audit.Write(r)
	if err != nil {
		a.log.WithError(err).WithField("trace_id", r.Trace).Error("can't write an audit record, so it is lost; the query is answered all the same")
		return
	}
	a.copies.Add(r)
}

// attachEngine gives the engine what a bot in Webex has.
func (a *App) attachEngine(ctx context.Context) error {
	if a.me.OrgID == "" && a.settings.Access == "" {
		a.log.Error("Webex doesn't tell the bot's organization, so nobody may run queries: write access rules and name their file with access")
	}
	key, err := config.Secret("card-key", a.settings.Buttons.CardKey, a.settings.Buttons.CardKeyFile)
	if err != nil {
		return err
	}
	keys, err := button.LoadKeys(ctx, key, a.store)
	if err != nil {
		return err
	}
	seals, err := button.NewSeals(cmp.Or(a.settings.Buttons.CardLifetime, button.Lifetime), time.Now, keys...)
	if err != nil {
		return err
	}
	return a.engine.attach(func(o *bot.Options) {
		o.Name, o.Org, o.Same = a.me.DisplayName, webex.UUID(a.me.OrgID), webex.UUID
		o.Archive, o.Directory = a.results, a.directory
		o.Seals, o.Unsealed, o.Limits, o.History = seals, a.metrics.Unsealed, access.NewLimits(a.settings.Limits, time.Now), a.audit.History
	})
}

func (a *App) listen(ctx context.Context) (err error) {
	if a.listener == nil {
		if a.listener, err = server.Listen(ctx, a.settings.Server.Listen); err != nil {
			return err
		}
		a.cleanups.add(a.closeListener)
	}
	if a.settings.Server.TLSCert != "" {
		conf, err := server.TLS(a.settings.Server.TLSCert, a.settings.Server.TLSKey)
		if err != nil {
			return err
		}
		a.listener = tls.NewListener(a.listener, conf)
	}
	return nil
}

func (a *App) closeListener() error {
	if err := a.listener.Close(); !errors.Is(err, net.ErrClosed) { // which the server has done
		return err
	}
	return nil
}

func (a *App) profile(ctx context.Context) error {
	if a.settings.Server.PprofListen == "" {
		return nil
	}
	profiling, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.cleanups.add(func() error { stop(); return nil })
	return server.Profile(profiling, a.settings.Server.PprofListen)
}

func (a *App) buildServer(context.Context) error {
	a.receiver = transport.NewReceiver(transport.Options{Client: a.webex, Me: a.me, Sink: a.store, Notes: a.store, Log: a.log, Metrics: a.metrics})
	a.echo = server.New(a.log, a.ready)
	a.echo.GET("/metrics", echo.WrapHandler(a.metrics.Handler()))
	return nil
}

// ready returns why the bot can't receive or handle events now.
func (a *App) ready(ctx context.Context) error {
	if err := a.receiver.State.Err(); err != nil {
		return err
	}
	return a.store.Ready(ctx)
}

// observe adds the metrics that are read when they are scraped.
func (a *App) observe() {
	a.metrics.WatchTransport(a.settings.Transport.Transport, func() bool { return a.receiver.State.Err() == nil })
	a.metrics.WatchInbox(a.store.Ready, func(ctx context.Context) (waiting, dead int, err error) {
		c, err := a.store.Count(ctx)
		return c.Waiting, c.Dead, err
	})
	a.metrics.WatchInventory(func() int { return a.engine.Inventory().Len() }, func() time.Duration { return a.engine.Inventory().Age(time.Now()) })
}

// Me is the bot's own account in Webex.
func (a *App) Me() webex.Person { return a.me }

// Addr is the address on which the App listens.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Describe says how the bot receives events, to follow "Connected to Webex".
func (a *App) Describe() string { return a.transport.Describe() }

// WaitReady waits until the bot receives events for the first time.
func (a *App) WaitReady(ctx context.Context) error { return a.receiver.State.Wait(ctx) }

// Reload reads the files of the settings again. If they are invalid it logs the problems, and the
// running configuration stays.
func (a *App) Reload(ctx context.Context) { a.engine.Reload(ctx) }

// Run runs all parts until ctx ends or one of them fails, lets them finish what they are doing, and
// cleans up. It is called once.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	events := worker.New(worker.Options{
		Store: a.store, Messenger: a.messenger, Handler: a.engine, Log: a.log, Metrics: a.metrics, Tracing: a.spans, Audit: a.record,
		HoldsUp: a.holdsUp,
	})
	var parts errgroup.Group
	for _, run := range []func(context.Context) error{
		func(ctx context.Context) error { return server.Run(ctx, a.echo, a.listener) },
		a.transport.Run, a.engine.Run, a.copies.Run, events.Run,
	} {
		parts.Go(func() error {
			defer stop() // the others end with it
			return run(ctx)
		})
	}
	return errors.Join(parts.Wait(), a.cleanups.run())
}
