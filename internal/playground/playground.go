// Package playground runs Overwatch on one machine without Webex or devices: the real bot, a
// simulated Webex, simulated devices, and a web page to chat with the bot.
//
// The page is an ordinary client of the simulated Webex; this package adds nothing to the bot itself.
// Only internal/cli and tests may import it: it is never part of a bot in production.
//
// Reading order: inventory.go, lab.go, guests.go, faults.go, events.go, handler.go, playground.go.
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
	"overwatch/internal/inbox"
	"overwatch/internal/secret"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// Options configure a playground.
type Options struct {
	Listen string        // address of the page and the simulated Webex, such as localhost:3000
	NoBot  bool          // run only the simulated Webex and the devices
	Slow   time.Duration // response time of the slow device; 0 means 3 s
	Log    logrus.FieldLogger

	Templates, Cards string // overlay directories, as for serve; empty for none

	Bots   []string // names of further bots, for other clients
	People []string // emails of further people; the domain is their organization
}

// Playground is a running playground.
type Playground struct {
	lab
	options  Options
	listener net.Listener
	app      *app.App
	server   *http.Server
}

// New starts the simulated Webex and the devices, writes a device file, and creates the bot. Call Run
// to start the bot; Run also releases everything. ctx only bounds the start.
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
	if p.devices, err = devicesim.Start(devicesim.Options{Slow: o.Slow}); err != nil {
		return nil, err
	}
	p.people = []webexsim.Person{
		p.webex.AddPerson("Alice Adams", "alice@example.com", home),
		p.webex.AddPerson("Bob Brown", "bob@example.com", home),
	}
	p.bot = p.webex.AddBot("Overwatch", "overwatch@webex.bot", home)
	if err = p.addGuests(o.Bots, o.People); err != nil {
		return nil, err
	}
	if p.dir, err = os.MkdirTemp("", "overwatch-playground-"); err != nil {
		return nil, err
	}
	if _, err = WriteInventory(p.dir, p.devices); err != nil {
		return nil, err
	}
	// Serve first: the bot calls Webex while it is created.
	p.server = &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			o.Log.WithError(err).Error("The playground's web server stopped.")
		}
	}()
	if !o.NoBot {
		err = p.makeBot(ctx)
	}
	return p, err
}

// makeBot creates the bot from settings, as serve does.
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
	settings.Inbox = inbox.Config{
		DataDir: p.dataDir(), InboxCapacity: 10_000, InboxSync: "always", KeepAnswers: time.Hour, NATSPrefix: "overwatch",
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

// Inventory is the path of the device file for the lab.
func (p *Playground) Inventory() string { return filepath.Join(p.dir, inventoryFile) }

// Environment returns the settings with which overwatch serve uses this playground, as NAME=value.
func (p *Playground) Environment() []string {
	return []string{
		"OVERWATCH_WEBEX_API_URL=" + p.URL() + "/v1",
		"OVERWATCH_WEBEX_U2C_URL=" + p.URL() + "/u2c/api/v1",
		"OVERWATCH_WEBEX_BOT_TOKEN=" + p.bot.Token,
		"OVERWATCH_INVENTORY=" + p.Inventory(),
	}
}

// Guests returns the bots and people added with Options.Bots and Options.People.
func (p *Playground) Guests() []webexsim.Person { return p.guests }

// Run runs the bot until ctx ends, then stops everything and removes temporary files.
func (p *Playground) Run(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	if p.app != nil {
		parts.Go(func() error { return p.app.Run(ctx) })
	}
	parts.Go(func() error { return p.open(ctx) })
	<-ctx.Done()
	return errors.Join(parts.Wait(), p.close())
}

// open creates the spaces once the bot is connected, so that it greets people there.
func (p *Playground) open(ctx context.Context) error {
	if p.app != nil {
		if err := p.app.WaitReady(ctx); err != nil {
			return nil //nolint:nilerr // stopped before the bot was ready
		}
	}
	p.openSpaces()
	return nil
}

func (p *Playground) close() error {
	var errs []error
	if p.server != nil {
		errs = append(errs, p.server.Close()) // not Shutdown: event streams never end
	}
	if p.listener != nil && p.server == nil {
		errs = append(errs, p.listener.Close())
	}
	if p.webex != nil {
		p.webex.Close()
	}
	if p.devices != nil {
		p.devices.Close()
	}
	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}
	return errors.Join(errs...)
}
