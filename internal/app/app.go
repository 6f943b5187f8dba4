package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sirupsen/logrus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/audit"
	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/secret"
	"overwatch/internal/server"
	"overwatch/internal/telemetry"
	"overwatch/internal/transport"
	"overwatch/internal/transport/polling"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/transport/websocket"
	"overwatch/internal/webex"
	"overwatch/internal/worker"
)

const (
	stopWithin = 30 * time.Second // until connections are cut
	flushSpans = 5 * time.Second
)

// App is a running bot.
type App struct {
	settings config.Config
	log      logrus.FieldLogger
	listener net.Listener

	answering *Answering
	webex     *webex.Client
	me        webex.Person
	messenger *webex.Messenger
	trail     *audit.Log
	copies    chan audit.Record // of what is in the trail; nil where there is no cluster
	store     inbox.Store
	copyAudit func(ctx context.Context, chain string, seq uint64, record []byte) error // nil where there is no cluster
	receiver  *transport.Receiver
	transport transport.Transport
	metrics   *telemetry.Metrics
	tracing   *sdk.TracerProvider // nil when it is off
	echo      *echo.Echo
	unprofile context.CancelFunc // nil where no profiles are served
}

// New makes an App, listens, and asks Webex who it is. The listener may be nil; the App closes it
// either way.
func New(ctx context.Context, settings config.Config, listener net.Listener, log logrus.FieldLogger) (_ *App, err error) {
	a := &App{settings: settings, log: log, listener: listener, metrics: telemetry.NewMetrics(Version())}
	if settings.Inbox.NATSURL != "" {
		a.copies = make(chan audit.Record, maxCopies)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	token, err := config.Secret("webex-bot-token", settings.Webex.WebexBotToken, settings.Webex.WebexBotTokenFile)
	if err != nil {
		return nil, err
	}
	if a.answering, err = newAnswering(settings.Asking, a.metrics, log); err != nil {
		return nil, err
	}
	a.answering.copies = filepath.Join(settings.Inbox.DataDir, "inventory")
	if err := a.answering.begin(ctx); err != nil {
		return nil, err
	}
	if a.webex, err = webex.New(webex.Options{BaseURL: settings.Webex.WebexAPIURL, Token: token}); err != nil {
		return nil, err
	}
	if a.me, err = a.webex.Me(ctx); err != nil {
		return nil, err
	}
	if settings.Telemetry.OTLPEndpoint != "" {
		if a.tracing, err = telemetry.Tracing(ctx, settings.Telemetry.OTLPEndpoint, Version()); err != nil {
			return nil, err
		}
	}
	var results archive.Store
	if a.store, results, a.copyAudit, err = openInbox(ctx, settings.Inbox, log); err != nil {
		return nil, err
	}
	directory := webex.NewDirectory(a.webex, a.me)
	a.messenger = webex.NewMessenger(directory)
	if a.trail, err = audit.Open(filepath.Join(settings.Inbox.DataDir, AuditDir)); err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "can't go on with the audit records in " + settings.Inbox.DataDir,
			Hint: "See what is wrong with overwatch audit verify; moved away, they begin anew.", Cause: err,
		}
	}
	if a.me.OrgID == "" && settings.Access == "" {
		log.Error("Webex doesn't say which organization I belong to, so nobody may ask me anything: name a file with access rules")
	}
	seals, err := a.seals(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.answering.settle(place{
		archive: results, directory: directory, org: webex.UUID(a.me.OrgID), seals: seals, unsealed: a.metrics.Unsealed,
		limits: access.NewLimits(settings.Limits, time.Now), history: a.history,
	}); err != nil {
		return nil, err
	}
	if a.listener == nil {
		if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", settings.Server.Listen); err != nil {
			return nil, &fault.Error{
				Kind: fault.Invalid, Message: fmt.Sprintf("can't listen on %s", settings.Server.Listen),
				Hint: "Free the port, or choose another with --listen.", Cause: err,
			}
		}
	}
	if settings.Server.TLSCert != "" {
		conf, err := server.TLS(settings.Server.TLSCert, settings.Server.TLSKey)
		if err != nil {
			return nil, err
		}
		a.listener = tls.NewListener(a.listener, conf)
	}
	if settings.Server.PprofListen != "" {
		profiling, stop := context.WithCancel(context.WithoutCancel(ctx))
		a.unprofile = stop
		if err := server.Profile(profiling, settings.Server.PprofListen); err != nil {
			return nil, err
		}
	}
	a.receiver = transport.NewReceiver(transport.Options{Client: a.webex, Me: a.me, Sink: a.store, Notes: a.store, Log: log, Metrics: a.metrics})
	a.echo = server.New(log, a.ready)
	a.echo.GET("/metrics", echo.WrapHandler(a.metrics.Handler()))
	a.watch()
	return a, a.choose(ctx)
}

// AuditDir is where audit records lie in the data directory.
const AuditDir = "audit"

// record keeps a question, and has it copied. One that can't be kept is answered all the same, and said
// loudly.
func (a *App) record(r audit.Record) {
	log := a.log.WithField("trace_id", r.Trace)
	r, err := a.trail.Write(r)
	if err != nil {
		log.WithError(err).Error("an audit record can't be written; it is lost")
		return
	}
	if a.copies == nil {
		return
	}
	select {
	case a.copies <- r:
	default:
		log.WithField("seq", r.Seq).Error("too many audit records wait to be copied; the cluster lacks this one")
	}
}

// maxCopies is how many audit records wait to be copied.
const maxCopies = 1000

// copyRecords brings copies of audit records into the cluster until ctx ends. During
// an outage they wait.
func (a *App) copyRecords(ctx context.Context) error {
	for {
		var r audit.Record
		select {
		case <-ctx.Done():
			return nil
		case r = <-a.copies:
		}
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		for pause := 200 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
			err := a.copyAudit(ctx, a.trail.Chain(), r.Seq, line)
			if err == nil {
				break
			}
			a.log.WithError(err).WithField("seq", r.Seq).Warn("can't copy an audit record; I'll try again")
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		}
	}
}

// history returns what a person asked last, by this process's own records.
func (a *App) history(person string, limit int) (list []chat.PastRun) {
	for _, r := range a.trail.Recent(person, limit) {
		list = append(list, chat.PastRun{At: r.At, Room: r.Space, Outcome: r.Outcome, Run: r.Run})
	}
	return list
}

// seals makes what signs buttons, with the keys of the settings or with one that is made up and kept,
// so that replicas have the same.
func (a *App) seals(ctx context.Context) (*button.Seals, error) {
	set, err := config.Secret("card-key", a.settings.Buttons.CardKey, a.settings.Buttons.CardKeyFile)
	if err != nil {
		return nil, err
	}
	var keys []secret.Text
	for key := range strings.FieldsSeq(set.Reveal()) {
		keys = append(keys, secret.New(key))
	}
	if len(keys) == 0 {
		kept, err := a.store.Claim(ctx, "card-key", []byte(rand.Text()), 0)
		if err != nil {
			return nil, err
		}
		keys = []secret.Text{secret.New(string(kept))}
	}
	seals, err := button.NewSeals(cmp.Or(a.settings.Buttons.CardLifetime, lifetime), time.Now, keys...)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "card-key: " + err.Error(), Hint: "Make one up, as with openssl rand -hex 32."}
	}
	return seals, nil
}

// lifetime is how long cards can be pressed if no setting says otherwise.
const lifetime = 30 * 24 * time.Hour

// choose makes the transport of the settings. This is where a way to hear is added.
func (a *App) choose(ctx context.Context) error {
	switch a.settings.Transport.Transport {
	case "webhook":
		settings := a.settings.Webhook
		key, err := config.Secret("webhook-secret", settings.WebhookSecret, settings.WebhookSecretFile)
		if err != nil {
			return err
		}
		hooks, err := webhook.New(ctx, a.receiver, settings, key, a.listener.Addr())
		if err != nil {
			return err
		}
		a.echo.POST(webhook.Path, hooks.Handler())
		a.transport = hooks
	case "polling":
		a.transport = polling.New(a.receiver, a.settings.Polling)
	default:
		a.transport = websocket.New(a.receiver, a.settings.Webex.WebexU2CURL)
	}
	return nil
}

// watch adds what is looked at rather than counted.
func (a *App) watch() {
	a.metrics.Watch("overwatch_hearing", "1 while everything that happens is heard.", map[string]string{"transport": a.settings.Transport.Transport}, func() float64 {
		if a.receiver.State.Err() != nil {
			return 0
		}
		return 1
	})
	count := func(of func(inbox.Counts) int) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			c, err := a.store.Count(ctx)
			if err != nil {
				return math.NaN()
			}
			return float64(of(c))
		}
	}
	const name, help = "overwatch_inbox_notices", "How many notices are in the inbox."
	a.metrics.Watch(name, help, map[string]string{"state": "waiting"}, count(func(c inbox.Counts) int { return c.Waiting }))
	a.metrics.Watch(name, help, map[string]string{"state": "dead"}, count(func(c inbox.Counts) int { return c.Dead }))
	a.metrics.Watch("overwatch_inventory_devices", "How many devices can be asked.", nil, func() float64 { return float64(a.answering.Inventory().Len()) })
	a.metrics.Watch("overwatch_inventory_stale_seconds", "How old the devices are of a source that can't be asked; 0 while all can.", nil, func() float64 {
		oldest := 0.0
		for _, s := range a.answering.Inventory().Stale() {
			oldest = max(oldest, time.Since(s.At).Seconds())
		}
		return oldest
	})
}

// Me is who the bot is in Webex.
func (a *App) Me() webex.Person { return a.me }

// Addr is where the App listens.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Describe says how the bot hears, to follow "I hear".
func (a *App) Describe() string { return a.transport.Describe() }

// Run serves, hears and answers until ctx ends, then finishes what it is at.
func (a *App) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	var spans trace.TracerProvider
	if a.tracing != nil {
		spans = a.tracing
	}
	answers := worker.New(worker.Options{
		Store: a.store, Conversation: a.messenger,
		Brain: a.answering, Log: a.log, Metrics: a.metrics, Tracing: spans, Audit: a.record,
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
	run(func() error { return a.transport.Run(work) })
	run(func() error { a.answering.watch(work); return nil })
	run(func() error { a.answering.follow(work); return nil })
	if a.copies != nil {
		run(func() error { return a.copyRecords(work) })
	}
	run(func() error { return answers.Run(work) })
	<-work.Done()
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer done()
	err := a.echo.Shutdown(stop)
	return errors.Join(parts.Wait(), err, a.close())
}

// WaitReady waits until the bot hears for the first time.
func (a *App) WaitReady(ctx context.Context) error { return a.receiver.State.Wait(ctx) }

// ready says why the bot can't hear or answer now.
func (a *App) ready(ctx context.Context) error {
	if err := a.receiver.State.Err(); err != nil {
		return err
	}
	return a.store.Ready(ctx)
}

func (a *App) close() error {
	var errs []error
	if a.unprofile != nil {
		a.unprofile()
	}
	if a.answering != nil {
		a.answering.Close()
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.webex != nil {
		a.webex.Close()
	}
	if a.trail != nil {
		errs = append(errs, a.trail.Close())
	}
	if a.tracing != nil {
		ctx, cancel := context.WithTimeout(context.Background(), flushSpans)
		defer cancel()
		errs = append(errs, a.tracing.Shutdown(ctx))
	}
	if a.listener != nil {
		if closed := a.listener.Close(); !errors.Is(closed, net.ErrClosed) {
			errs = append(errs, closed)
		}
	}
	return errors.Join(errs...)
}
