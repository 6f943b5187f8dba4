package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/access"
	"overwatch/internal/bot"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/follow"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/devicefile"
	"overwatch/internal/inventory/live"
	"overwatch/internal/query"
	"overwatch/templates"
)

// state is what the files of the settings contain at one time, and the bot made of it. It never
// changes.
type state struct {
	files     follow.Files
	sources   *live.Live
	inventory *inventory.Inventory
	catalog   *query.Catalog
	cards     *cards.Set
	access    *access.Policy
	bot       *bot.Bot
}

// loader reads the files of the settings.
type loader struct {
	settings config.Engine
	copies   string // the directory for copies of what sources of devices returned; none where empty
	log      logrus.FieldLogger
}

// load reads all files, and asks the sources of devices. before is the state until now, or nil. The
// error names every problem.
func (l loader) load(ctx context.Context, before *state) (*state, error) {
	s := &state{files: follow.Stat(l.settings.Inventory, l.settings.Access, l.settings.Templates, l.settings.Cards), access: access.Default()}
	errs := make([]error, 4)
	errs[0] = l.devices(ctx, s, before)
	s.catalog, errs[1] = query.Load(templates.Files, directory(l.settings.Templates))
	s.cards, errs[2] = cards.Load(directory(l.settings.Cards))
	if l.settings.Access != "" {
		s.access, errs[3] = access.Read(l.settings.Access)
	}
	return s, invalid(errs...)
}

// devices reads the device file and the sources it names. A source that fails keeps the devices it had;
// a bot without any device is an error only if waiting won't help.
func (l loader) devices(ctx context.Context, s, before *state) error {
	file, err := devicefile.Read(l.settings.Inventory)
	if err != nil {
		return err
	}
	s.files = s.files.And(follow.Stat(file.Reads...))
	for _, w := range file.Warnings {
		l.log.Warn(w)
	}
	o := live.Options{Fixed: file.Devices, CopyDir: l.copies, Log: l.log, Now: time.Now}
	if before != nil {
		o.Previous = before.sources
	}
	for _, source := range file.Sources {
		f, err := newFeed(source, l.log)
		if err != nil {
			return err
		}
		o.Feeds = append(o.Feeds, f)
	}
	if s.sources, err = live.New(o); err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Give each device a name of its own."}
	}
	err = s.sources.Refresh(ctx)
	s.inventory = s.sources.Inventory()
	if s.inventory.Len() == 0 && err != nil && !fault.Temporary(err) {
		return err
	}
	s.inventory.WarnInsecure(l.log)
	for _, source := range s.sources.States() {
		switch {
		case source.Err == nil:
		case source.At.IsZero():
			l.log.WithError(source.Err).Errorf("%s can't be read; the bot runs without its devices until it can", source.Name)
		default:
			l.log.WithError(source.Err).Errorf("%s is out of date; its %d last known devices stay", source.Name, source.Devices)
		}
	}
	if s.inventory.Len() == 0 {
		l.log.Error("the inventory has no devices: check its sources and their filters")
	}
	return nil
}

// directory is the file system of an operator's own directory, or nil if there is none.
func directory(path string) fs.FS {
	if path == "" {
		return nil
	}
	return os.DirFS(path)
}

// invalid returns one fault with a line for each error, or nil if all are nil.
func invalid(errs ...error) error {
	var lines []string
	var causes []error
	for _, err := range errs {
		var f *fault.Error
		switch {
		case err == nil:
		case errors.As(err, &f):
			lines = append(lines, f.Message)
			causes = append(causes, f.Cause) // of a file that can't be read; mistakes in a file have none
		default:
			lines = append(lines, err.Error())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return &fault.Error{
		Kind: fault.Invalid, Message: strings.Join(lines, "\n"), Cause: errors.Join(causes...),
		Hint: "Fix the problems listed above; overwatch check looks for more.",
	}
}
