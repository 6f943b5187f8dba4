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

// fingerprint is different when a file of the settings is.
func (a *Answering) fingerprint() string {
	var b strings.Builder
	note := func(path string, info fs.FileInfo, err error) {
		if err != nil {
			fmt.Fprintf(&b, "%s is missing\n", path)
			return
		}
		fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	for _, file := range append([]string{a.settings.Inventory, a.settings.Access}, a.known.Load().reads...) {
		if file != "" {
			info, err := os.Stat(file)
			note(file, info, err)
		}
	}
	for _, dir := range []string{a.settings.Templates, a.settings.Cards} {
		if dir == "" {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*")) // of a directory that is gone there are none
		slices.Sort(files)
		for _, file := range files {
			info, err := os.Stat(file)
			note(file, info, err)
		}
	}
	return b.String()
}
