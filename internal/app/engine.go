package app

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/bot"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/follow"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/live"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/internal/restconf"
	"overwatch/internal/telemetry"
	"overwatch/internal/worker"
)

// Engine handles messages and submissions with the present state of the inventory, templates, cards
// and access rules. Files that change are read again while it runs. Safe for concurrent use; Close it
// in the end.
type Engine struct {
	loader
	devices  *restconf.Client
	terminal bool // the person at the terminal may do everything

	mu       sync.Mutex  // held while state or options are replaced
	options  bot.Options // of the bot, without what comes from files
	state    atomic.Pointer[state]
	replaced chan struct{} // gets an element when there are other sources of devices
}

var _ worker.Handler = (*Engine)(nil)

// OwnOrganization stands for the bot's organization where there is no Webex, as in the terminal.
const OwnOrganization = "own"

// LoadEngine makes an engine for the terminal: everything is permitted there. It reads and checks the
// inventory, templates, cards and access rules; the error names every problem.
func LoadEngine(ctx context.Context, settings config.Engine, log logrus.FieldLogger) (*Engine, error) {
	e, err := newEngine(settings, "", nil, log)
	if err != nil {
		return nil, err
	}
	e.terminal, e.options.Org = true, OwnOrganization
	if err := e.load(ctx); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// newEngine makes an engine that has read nothing yet. copies is the directory for copies of what
// sources of devices returned; metrics may be nil.
func newEngine(settings config.Engine, copies string, metrics *telemetry.Metrics, log logrus.FieldLogger) (*Engine, error) {
	mask, err := settings.Masking.Redactor()
	if err != nil {
		return nil, err
	}
	o := settings.Devices.Options()
	o.Mask, o.Observe = mask, metrics.Device
	e := &Engine{loader: loader{settings, copies, log}, devices: restconf.New(o), replaced: make(chan struct{}, 1)}
	e.options = bot.Options{
		Runner: query.NewRunner(e.devices, time.Now).Masking(mask), Archive: archive.NewMemory(), Activity: bot.NewActivity(), Log: log, Now: time.Now,
	}
	return e, nil
}

// load reads all files and swaps the state. After an error the state stays.
func (e *Engine) load(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next, err := e.loader.load(ctx, e.state.Load())
	if err != nil {
		return err
	}
	if !e.terminal {
		for _, warning := range next.access.Warnings() {
			e.log.Warn(warning)
		}
	}
	if err := e.swap(*next); err != nil {
		return err
	}
	select {
	case e.replaced <- struct{}{}:
	default:
	}
	return nil
}

// swap makes a bot with the next state, which handles all events from now on.
func (e *Engine) swap(next state) (err error) {
	o := e.options
	o.Inventory, o.Catalog, o.Render, o.Access = next.inventory, next.catalog, render.New(next.cards), next.access
	if e.terminal {
		o.Access = access.Everything()
	}
	if next.bot, err = bot.New(o); err == nil {
		e.state.Store(&next)
	}
	return err
}

// attach gives the bot what only a bot in a chat has: set fills in the options.
func (e *Engine) attach(set func(*bot.Options)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	set(&e.options)
	return e.swap(*e.state.Load())
}

// Try adds a template, or replaces the one of the same name. watch wraps the client of devices.
func (e *Engine) Try(t *query.Template, watch func(query.Fetcher) query.Fetcher) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := *e.state.Load()
	var err error
	if next.catalog, err = next.catalog.With(t); err != nil {
		return invalid(err)
	}
	e.options.Runner = query.NewRunner(watch(e.devices), time.Now) // masks as well: its author may show the output to others
	return e.swap(next)
}

// Inventory returns the present devices.
func (e *Engine) Inventory() *inventory.Inventory { return e.state.Load().inventory }

// Catalog returns the present queries.
func (e *Engine) Catalog() *query.Catalog { return e.state.Load().catalog }

// Cards returns the present cards.
func (e *Engine) Cards() *cards.Set { return e.state.Load().cards }

// Sources returns the state of each source of devices.
func (e *Engine) Sources() []live.State { return e.state.Load().sources.States() }

// AccessWarnings returns what the access rules allow although it isn't safe.
func (e *Engine) AccessWarnings() []string { return e.state.Load().access.Warnings() }

// Explain says how the access rules decide about a typed query.
func (e *Engine) Explain(subject access.Subject, text string) ([]bot.Explanation, error) {
	s := e.state.Load()
	return s.bot.Explain(subject, s.access, text)
}

// Handle implements worker.Handler.
func (e *Engine) Handle(ctx context.Context, c chat.Content, working func(chat.Reply)) []chat.Reply {
	return e.state.Load().bot.Handle(ctx, c, working)
}

// GivenUp implements worker.Handler.
func (e *Engine) GivenUp(ctx context.Context, p chat.Person, r chat.Room, why error) (chat.Reply, bool) {
	return e.state.Load().bot.GivenUp(ctx, p, r, why)
}

// Interrupt implements worker.Handler.
func (e *Engine) Interrupt(c chat.Content) { e.state.Load().bot.Interrupt(c) }

// Run follows the files of the settings and the sources of devices until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	var following sync.WaitGroup
	following.Go(func() {
		follow.Watch(ctx, func() follow.Files { return e.state.Load().files }, func() { e.Reload(ctx) })
	})
	following.Go(func() {
		live.FollowCurrent(ctx, func() *live.Live { return e.state.Load().sources }, e.replaced, e.update)
	})
	following.Wait()
	return nil
}

// Reload reads all files again. If they are invalid it logs the problems, and the state stays.
func (e *Engine) Reload(ctx context.Context) {
	if err := e.load(ctx); err != nil {
		problems, _ := fault.Text(err)
		for line := range strings.SplitSeq(problems, "\n") {
			e.log.Errorf("not reloaded, the running configuration stays: %s", line)
		}
		return
	}
	e.log.Infof("reloaded: %d devices, %d queries, %d cards", e.Inventory().Len(), len(e.Catalog().All()), len(e.Cards().Names()))
}

// update swaps the inventory for a newer one of its sources.
func (e *Engine) update(sources *live.Live, in *inventory.Inventory) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := *e.state.Load()
	if next.sources != sources {
		return // the sources were replaced meanwhile
	}
	next.inventory = in
	if err := e.swap(next); err != nil {
		e.log.WithError(err).Error("can't use the new inventory")
		return
	}
	e.log.Infof("the inventory has changed: %d devices", in.Len())
}

// Close closes the connections to devices.
func (e *Engine) Close() { e.devices.Close() }
