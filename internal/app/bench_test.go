package app_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/app"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/playground"
	"overwatch/internal/sim/devicesim"
)

// answering is a bot as overwatch ask has it, beside a lab whose core1 has that many routes.
func answering(b *testing.B, routes int) (*app.Answering, *devicesim.Lab) {
	b.Helper()
	lab, err := devicesim.Start(devicesim.Options{Routes: routes})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(lab.Close)
	var settings config.Asking
	if settings.Inventory, err = playground.WriteInventory(b.TempDir(), lab); err != nil {
		b.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	a, err := app.LoadAnswering(b.Context(), settings, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.Close)
	return a, lab
}

// peak returns how much the heap grows while f runs, in MB, looked at a hundred times a second. What
// is garbage but not collected yet counts.
func peak(f func()) float64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		highest := uint64(0)
		for {
			select {
			case <-stop:
				most <- highest
				return
			case <-time.After(10 * time.Millisecond):
				runtime.ReadMemStats(&now)
				highest = max(highest, now.HeapAlloc)
			}
		}
	}()
	f()
	close(stop)
	return max(0, float64(<-most)-float64(before.HeapAlloc)) / 1e6
}

// The whole way of an answer, from what was typed to the card or to the end of the file, over TLS
// from a simulated device in the same process: time per route, and a peak of memory that doesn't grow
// with the answer.
func BenchmarkRoutes(b *testing.B) {
	for _, routes := range []int{10_000, 100_000, 1_000_000} {
		for _, text := range []string{"rib core1", "rib core1 | 10.0.7.2", "rib core1 csv", "route 11.0.5.9 core1"} {
			b.Run(fmt.Sprintf("%d/%s", routes, strings.ReplaceAll(text, " ", "_")), func(b *testing.B) {
				a, lab := answering(b, routes)
				highest := 0.0
				for b.Loop() {
					highest = max(highest, peak(func() { ask(b, a, text) }))
				}
				asked := lab.Recent()
				b.SetBytes(int64(asked[len(asked)-1].Bytes))
				b.ReportMetric(highest, "peak-MB")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(routes), "ns/route")
			})
		}
	}
}

// ask asks and reads what is said to its end.
func ask(b *testing.B, a *app.Answering, text string) {
	b.Helper()
	for _, r := range a.Handle(b.Context(), chat.Message{ID: "M", Text: text}, func(chat.Reply) {}) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
		if r.File != nil {
			if err := r.File.Write(context.WithoutCancel(b.Context()), io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
}
