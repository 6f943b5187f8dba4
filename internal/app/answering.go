// Package app is the composition root: it reads the settings' files, makes every part and connects
// them. It is the only package that sees all drivers; internal/cli and internal/playground start it.
package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/bot"
	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/live"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/internal/restconf"
	"overwatch/internal/telemetry"
	"overwatch/internal/webex"
	"overwatch/templates"
)

// Answering is what answers a question, wherever it comes from. What it knows can be replaced while
// it answers.
type Answering struct {
	settings config.Asking
	log      logrus.FieldLogger
	devices  *restconf.Client
	runner   *query.Runner
	surveys  *bot.Surveys

	copies   string // the directory for copies of what sources of devices know; none where empty
	terminal bool   // whoever started the program asks

	mu       sync.Mutex // held while something is replaced
	place    place
	known    atomic.Pointer[known]
	reloaded chan struct{} // has one element after a reload
}

// OwnOrganization stands for the bot's organization where there is no Webex to ask, as in the terminal.
const OwnOrganization = "own"

// place is where a bot is: what keeps its answers, who knows its people, and whose it is.
type place struct {
	archive   archive.Store
	directory bot.Directory
	org       string
	seals     *button.Seals
	unsealed  func(error)
	limits    *access.Limits
	history   func(person string, limit int) []chat.PastRun
}

// known is what an Answering knows at one time. It never changes.
type known struct {
	sources   *live.Live
	reads     []string // files that are named in the inventory's
	inventory *inventory.Inventory
	catalog   *query.Catalog
	cards     *cards.Set
	access    *access.Policy
	bot       *bot.Bot
}

// LoadAnswering reads the inventory, the query templates, the cards and the access rules, and makes a
// bot of them that answers the terminal, whatever the rules. All of them are checked completely: the
// error says everything that is wrong.
func LoadAnswering(ctx context.Context, settings config.Asking, log logrus.FieldLogger) (*Answering, error) {
	a, err := newAnswering(settings, nil, log)
	if err != nil {
		return nil, err
	}
	a.terminal, a.place.org = true, OwnOrganization
	return a, a.begin(ctx)
}

func newAnswering(settings config.Asking, metrics *telemetry.Metrics, log logrus.FieldLogger) (*Answering, error) {
	mask, err := settings.Masking.Redactor()
	if err != nil {
		return nil, err
	}
	o := settings.Devices.Options()
	o.Mask = mask
	a := &Answering{
		settings: settings, log: log, devices: restconf.New(o), surveys: bot.NewSurveys(),
		place: place{archive: archive.NewMemory()}, reloaded: make(chan struct{}, 1),
	}
	a.runner = query.NewRunner(timed{a.devices, metrics}, time.Now).Masking(mask)
	return a, nil
}

// begin reads everything for the first time.
func (a *Answering) begin(ctx context.Context) error {
	err := a.load(ctx)
	if err != nil {
		a.Close()
	}
	return err
}

// load reads everything anew. After an error all is as it was.
func (a *Answering) load(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := &known{}
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	err := a.loadDevices(ctx, k)
	note(err)
	k.catalog, err = query.Load(templates.Files, directory(a.settings.Templates))
	note(err)
	k.cards, err = cards.Load(directory(a.settings.Cards))
	note(err)
	k.access = access.Default()
	if a.settings.Access != "" {
		k.access, err = access.Read(a.settings.Access)
		note(err)
	}
	if err == nil && !a.terminal {
		for _, w := range k.access.Warnings() {
			a.log.Warn(w)
		}
	}
	if len(errs) > 0 {
		return invalid(errs)
	}
	if err := a.use(k); err != nil {
		return err
	}
	select {
	case a.reloaded <- struct{}{}:
	default:
	}
	return nil
}

// use makes a bot of what is known and lets it answer from now on.
func (a *Answering) use(k *known) (err error) {
	policy := k.access
	if a.terminal {
		policy = access.Everything()
	}
	k.bot, err = bot.New(bot.Options{
		Inventory: k.inventory, Catalog: k.catalog, Render: render.New(k.cards), Runner: a.runner, Surveys: a.surveys,
		Archive: a.place.archive, Access: policy, Directory: a.place.directory, Org: a.place.org,
		Seals: a.place.seals, Unsealed: a.place.unsealed, Limits: a.place.limits, Same: webex.UUID, History: a.place.history, Log: a.log, Now: time.Now,
	})
	if err == nil {
		a.known.Store(k)
	}
	return err
}

// settle says where the bot is from now on. Before, nobody is answered but the terminal.
func (a *Answering) settle(p place) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.place = p
	k := *a.known.Load()
	return a.use(&k)
}

// Inventory returns the devices that are known now.
func (a *Answering) Inventory() *inventory.Inventory { return a.known.Load().inventory }

// Catalog returns the queries that are known now.
func (a *Answering) Catalog() *query.Catalog { return a.known.Load().catalog }

// Cards returns the cards that are drawn now.
func (a *Answering) Cards() *cards.Set { return a.known.Load().cards }

// AccessWarnings returns what is allowed in the access rules but not safe.
func (a *Answering) AccessWarnings() []string { return a.known.Load().access.Warnings() }

// Explain says how the access rules come to a decision about a typed question.
func (a *Answering) Explain(subject access.Subject, text string) ([]bot.Explanation, error) {
	k := a.known.Load()
	return k.bot.Explain(subject, k.access, text)
}

// Handle implements inbox.Brain by what is known now.
func (a *Answering) Handle(ctx context.Context, ev chat.Content, working func(chat.Reply)) []chat.Reply {
	return a.known.Load().bot.Handle(ctx, ev, working)
}

// Interrupt implements inbox.Brain.
func (a *Answering) Interrupt(ev chat.Content) { a.known.Load().bot.Interrupt(ev) }

// timed notes how long devices take.
type timed struct {
	query.Fetcher
	metrics *telemetry.Metrics
}

func (t timed) Fetch(ctx context.Context, d inventory.Device, path, fields string) (io.ReadCloser, error) {
	began := time.Now()
	body, err := t.Fetcher.Fetch(ctx, d, path, fields)
	outcome := "answered"
	if err != nil {
		outcome = string(fault.Of(err))
	}
	t.metrics.Device(outcome, time.Since(began))
	return body, err
}

// Close lets go of the connections to devices.
func (a *Answering) Close() { a.devices.Close() }

// directory is the file system of a site's own directory, or nil when there is none.
func directory(path string) fs.FS {
	if path == "" {
		return nil
	}
	return os.DirFS(path)
}

// invalid is one fault that says everything that is wrong.
func invalid(errs []error) error {
	lines := make([]string, len(errs))
	for i, err := range errs {
		var f *fault.Error
		if lines[i] = err.Error(); errors.As(err, &f) {
			lines[i] = f.Message
		}
	}
	return &fault.Error{
		Kind: fault.Invalid, Message: strings.Join(lines, "\n"), Cause: errors.Join(causes(errs)...),
		Hint: "Mend what is named here; overwatch check looks again.",
	}
}

// causes are those of a file that can't be read; mistakes in one have none.
func causes(errs []error) (list []error) {
	for _, err := range errs {
		var f *fault.Error
		if errors.As(err, &f) && f.Cause != nil {
			list = append(list, f.Cause)
		}
	}
	return list
}

// Try takes one more template, or one in the place of its namesake, and lets watch see what devices
// are asked.
func (a *Answering) Try(t *query.Template, watch func(query.Fetcher) query.Fetcher) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := *a.known.Load()
	var err error
	if k.catalog, err = k.catalog.With(t); err != nil {
		return invalid([]error{err})
	}
	a.runner = query.NewRunner(watch(a.devices), time.Now) // which masks, as the file may be shown
	return a.use(&k)
}
