// Command bench measures overwatch serve: as a process of its own, with everything on, between a fake
// Webex and fake devices that answer at once or after a while. Beside it runs the floor, a program that
// does nothing but the HTTP hops, so that what is measured can be compared between machines.
//
// make bench runs it. It talks to the loopback interface only and ends by itself after a few minutes.
// What the other sides say is no more than the bot needs: internal/sim has those that act as the real
// ones do. Nothing imports it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	short := flag.Bool("short", false, "measure each for a moment only, to see that it can be measured")
	only := flag.String("only", "", "what to measure: table, or curves; both without it")
	kind := flag.String("kind", "", "measure the floor and bots with this name only")
	loads := flag.String("load", "", "measure loads and curves with this in their name only")
	profiles := flag.String("profile", "", "a directory for profiles of the bots")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := full
	if *short {
		o = quick
	}
	o.only, o.load, o.kind, o.profiles = *only, *loads, *kind, *profiles
	if err := bench(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// plan is how much is measured.
type plan struct {
	lasting  time.Duration // of each load
	many     int           // people for the largest load, each with a device
	only     string
	sizes    sizes
	load     string
	kind     string
	profiles string
}

var (
	full = plan{lasting: 4 * time.Second, many: 1000, sizes: sizes{
		inventories: []int{10, 1000, 100_000}, rows: []int{10, 1000, 100_000, 1_000_000}, fans: []int{1, 10, 100, 1000},
		backlogs: []int{0, 1000, 10_000, 100_000}, people: []int{1, 64, 250, 500, 750, 1000}, replicas: []int{1, 2, 4},
	}}
	quick = plan{lasting: 200 * time.Millisecond, many: 100, sizes: sizes{
		inventories: []int{10, 1000}, rows: []int{10, 1000}, fans: []int{1, 10}, backlogs: []int{0, 100}, people: []int{1, 10}, replicas: []int{1, 2},
	}}
)

func bench(ctx context.Context, o plan, out io.Writer) error {
	dir, err := os.MkdirTemp("", "overwatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(ctx, dir, o.many)
	if err != nil {
		return err
	}
	defer w.close()
	fmt.Fprintf(out, "%s\n\n", machine())
	if !strings.Contains(o.only, "curves") {
		if err := w.table(ctx, o, out); err != nil {
			return err
		}
	}
	if !strings.Contains(o.only, "table") {
		return w.curves(ctx, o, out)
	}
	return nil
}
