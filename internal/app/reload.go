package app

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"overwatch/internal/fault"
)

// Reload reads the inventory, the query templates and the cards again. What is wrong with them is
// logged, and then nothing changes.
func (a *App) Reload(ctx context.Context) { a.answering.reload(ctx) }

func (a *Answering) reload(ctx context.Context) {
	if err := a.load(ctx); err != nil {
		say, _ := fault.Text(err)
		for line := range strings.SplitSeq(say, "\n") {
			a.log.Errorf("not reloaded, I go on with what I know: %s", line)
		}
		return
	}
	a.log.Infof("reloaded: %d devices, %d queries, %d cards", a.Inventory().Len(), len(a.Catalog().All()), len(a.Cards().Names()))
}

const (
	// lookEvery is how often files are looked at. Asking for their times is cheaper than it sounds, and
	// works wherever files come from: editors that rename, mounted secrets, network file systems.
	lookEvery = 2 * time.Second
	// calm is how long files must stay as they are, since some are written in several steps.
	calm = 500 * time.Millisecond
)

// watch reloads when a file has changed, until ctx ends.
func (a *Answering) watch(ctx context.Context) {
	before := a.fingerprint()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := a.fingerprint()
		if now == before {
			continue
		}
		for written := ""; written != now && ctx.Err() == nil; {
			written = now
			time.Sleep(calm)
			now = a.fingerprint()
		}
		before = now
		a.reload(ctx)
	}
}

// fingerprint is different when a file of the settings is, one that they name, or one in a directory of
// either.
func (a *Answering) fingerprint() string {
	var b strings.Builder
	own := []string{a.settings.Inventory, a.settings.Access, a.settings.Templates, a.settings.Cards}
	for _, path := range slices.Concat(own, a.known.Load().reads) {
		if path == "" {
			continue
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real // a directory may be reached through a link
		}
		_ = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error { // which returns nil only
			var info fs.FileInfo
			if err == nil {
				info, err = os.Stat(file) // of what a link leads to
			}
			if err != nil {
				fmt.Fprintf(&b, "%s is missing\n", file)
				return nil
			}
			fmt.Fprintf(&b, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
			return nil
		})
	}
	return b.String()
}
