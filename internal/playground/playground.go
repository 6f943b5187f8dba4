// Package playground is everything to try Overwatch on one machine: a simulated Webex, simulated
// devices, a page in the browser, and the real bot, which can't tell the difference.
//
// The page is just another client of the simulated Webex. The package is started by internal/cli and
// by tests; the bot that runs in production has none of it.
package playground

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"overwatch/internal/app"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inbox/jetstream"
	"overwatch/internal/secret"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// Options are what a playground is made of.
type Options struct {
	Listen string        // where the page listens, such as localhost:3000
	NoBot  bool          // only the cloud and the devices
	Slow   time.Duration // before each answer of the slow device; 3 s
	Log    logrus.FieldLogger

	Templates, Cards string // directories of one's own, as for serve
}

// Playground is a running playground.
type Playground struct {
	scene
	options   Options
	listener  net.Listener
	dir       string // of the device file
	inventory string
	app       *app.App
	server    *http.Server
}

// New starts the cloud and the devices, writes a device file for them and makes the bot; Run lets it
// answer. ctx bounds starting only.
func New(ctx context.Context, o Options) (_ *Playground, err error) {
	p := &Playground{options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen); err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "can't listen on " + o.Listen, Hint: "Free the port, or choose another with --listen.", Cause: err,
		}
	}
	p.webex = webexsim.New(webexsim.Options{BaseURL: p.URL() + "/v1", Log: o.Log})
	p.log, p.run = o.Log, rand.Text()
	if p.lab, err = devicesim.Start(devicesim.Options{Slow: o.Slow}); err != nil {
		return nil, err
	}
	p.people = []webexsim.Person{
		p.webex.AddPerson("Alice Adams", "alice@example.com", "example"),
		p.webex.AddPerson("Bob Brown", "bob@example.com", "example"),
	}
	p.bot = p.webex.AddBot("Overwatch", "overwatch@webex.bot", "example")
	if p.dir, err = os.MkdirTemp("", "overwatch-playground-"); err != nil {
		return nil, err
	}
	if p.inventory, err = WriteInventory(p.dir, p.lab); err != nil {
		return nil, err
	}
	// It serves before the bot is made, which asks who it is.
	p.server = &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			o.Log.WithError(err).Error("the page's server stopped")
		}
	}()
	if !o.NoBot {
		err = p.makeBot(ctx)
	}
	return p, err
}

// makeBot makes the bot as serve does, from settings.
func (p *Playground) makeBot(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var settings config.Config
	settings.Inventory = p.Inventory()
	settings.Templates, settings.Cards = p.options.Templates, p.options.Cards
	settings.Webex.WebexAPIURL = p.URL() + "/v1"
	settings.Webex.WebexBotToken = secret.New(p.bot.Token)
	settings.Transport.Transport = "websocket"
	settings.Inbox = jetstream.Config{
		DataDir: filepath.Join(p.dir, "inbox"), InboxCapacity: 10_000, InboxSync: "always", KeepAnswers: time.Hour, NATSPrefix: "overwatch",
	}
	settings.Webex.WebexU2CURL = p.URL() + "/u2c/api/v1"
	p.app, err = app.New(ctx, settings, listener, p.options.Log)
	return err
}

// URL is the page's address.
func (p *Playground) URL() string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String()) // a listener's address has a port
	return "http://localhost:" + port
}

// Inventory is the path of the file with the lab's devices.
func (p *Playground) Inventory() string { return p.inventory }

// Environment is what lets overwatch serve run against this playground.
func (p *Playground) Environment() []string {
	return []string{
		"OVERWATCH_WEBEX_API_URL=" + p.URL() + "/v1",
		"OVERWATCH_WEBEX_U2C_URL=" + p.URL() + "/u2c/api/v1",
		"OVERWATCH_WEBEX_BOT_TOKEN=" + p.bot.Token,
		"OVERWATCH_INVENTORY=" + p.Inventory(),
	}
}

// Run lets the bot answer until ctx ends. The spaces are made first thing, so that the bot greets.
func (p *Playground) Run(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	if p.app != nil {
		parts.Go(func() error { return p.app.Run(ctx) })
	}
	parts.Go(func() error { return p.open(ctx) })
	<-ctx.Done()
	return errors.Join(parts.Wait(), p.close())
}

// open makes the spaces as soon as the bot hears.
func (p *Playground) open(ctx context.Context) error {
	if p.app != nil {
		if err := p.app.WaitReady(ctx); err != nil {
			return nil //nolint:nilerr // it was stopped before
		}
	}
	for _, person := range p.people {
		p.webex.Direct(person, p.bot)
	}
	p.webex.AddRoom("Network operations", append(p.people[:len(p.people):len(p.people)], p.bot)...)
	return nil
}

func (p *Playground) close() error {
	var errs []error
	if p.server != nil {
		errs = append(errs, p.server.Close()) // streams never end by themselves
	}
	if p.listener != nil && p.server == nil {
		errs = append(errs, p.listener.Close())
	}
	if p.webex != nil {
		p.webex.Close()
	}
	if p.lab != nil {
		p.lab.Close()
	}
	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}
	return errors.Join(errs...)
}
