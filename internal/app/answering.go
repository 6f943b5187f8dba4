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
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/bot"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/devicefile"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/internal/restconf"
	"overwatch/internal/telemetry"
	"overwatch/templates"
)

// Answering is what answers a question, wherever it comes from.
type Answering struct {
	Inventory *inventory.Inventory
	Catalog   *query.Catalog
	Cards     *cards.Set
	Bot       *bot.Bot

	devices *restconf.Client
}

// LoadAnswering reads the inventory, the query templates and the cards, and makes a bot of them. All
// of them are checked completely: the error says everything that is wrong. metrics may be nil.
func LoadAnswering(ctx context.Context, settings config.Asking, metrics *telemetry.Metrics, log logrus.FieldLogger) (*Answering, error) {
	a := &Answering{}
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	devices, err := devicefile.New(settings.Inventory).Devices(ctx)
	note(err)
	if err == nil {
		a.Inventory, err = inventory.New(devices)
		note(err)
	}
	a.Catalog, err = query.Load(templates.Files, directory(settings.Templates))
	note(err)
	a.Cards, err = cards.Load(directory(settings.Cards))
	note(err)
	if len(errs) > 0 {
		return nil, invalid(errs)
	}
	a.devices = restconf.New(restconf.Options{})
	a.Bot, err = bot.New(bot.Options{
		Inventory: a.Inventory, Catalog: a.Catalog, Render: render.New(a.Cards),
		Runner: query.NewRunner(timed{a.devices, metrics}, time.Now), Log: log, Now: time.Now,
	})
	return a, err
}

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
			lines[i] = f.Say
		}
	}
	return &fault.Error{
		Kind: fault.Invalid, Say: strings.Join(lines, "\n"), Cause: errors.Join(causes(errs)...),
		Do: "Mend what is named here; overwatch check looks again.",
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
