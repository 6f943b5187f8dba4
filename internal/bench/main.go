// Command bench measures overwatch serve as a separate process with all features on, between a fake Webex
// and fake devices with adjustable delays. It also measures the floor, a program that makes only the
// HTTP requests of a query, so that ratios can be compared between machines.
//
// make bench runs it. It only uses the loopback interface and takes a few minutes. Its fakes answer just
// what the bot needs; for realistic ones see internal/sim. Nothing imports it.
//
// Reading order: plan.go, wire.go, socket.go, cloud.go, devices.go, process.go, profile.go, world.go, load.go,
// table.go, backlog.go, replicas.go, curves.go, main.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	short := flag.Bool("short", false, "measure each load only briefly, as a test of the benchmark")
	only := flag.String("only", "", "measure only table or only curves")
	kind := flag.String("kind", "", "measure only the floor and bots of this kind")
	loads := flag.String("load", "", "measure only loads and curves whose name contains this")
	profiles := flag.String("profile", "", "directory for profiles of the bots")
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
