package bot_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"overwatch/internal/chat"
	"overwatch/internal/inventory"
)

// gated is a fetcher that answers once its gate is open, or not at all when the context ends.
type gated struct {
	fetcher
	gate chan struct{}
}

func (g *gated) Fetch(ctx context.Context, d inventory.Device, path, fields string) (io.ReadCloser, error) {
	body, err := g.fetcher.Fetch(ctx, d, path, fields)
	select {
	case <-g.gate:
		return body, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// crowd has people type texts at the same time, the first one first, and returns their replies.
func crowd(ctx context.Context, t *testing.T, g *gated, texts []string, meanwhile func()) []string {
	b := newBotOn(t, g, "r1", "r2", "down")
	replies := make([]string, len(texts))
	var all sync.WaitGroup
	for i, text := range texts {
		of := t.Context()
		if i == 0 {
			of = ctx
		}
		all.Go(func() {
			ev := chat.Message{ID: fmt.Sprint("M", i), Room: chat.Room{ID: fmt.Sprint("R", i)}, Person: chat.Person{Email: fmt.Sprint("p", i)}, Text: text}
			for _, r := range b.Handle(of, ev, func(chat.Reply) {}) {
				replies[i] += r.Text
			}
		})
		synctest.Wait()
	}
	meanwhile()
	synctest.Wait()
	close(g.gate)
	all.Wait()
	return replies
}

// Many people who ask for the same at the same time share one run, whatever their filters.
func TestEqualRunsAreShared(t *testing.T) {
	rows := `{"m:a":{"r":[{"name":"X"},{"name":"Y"}]}}`
	for name, c := range map[string]struct {
		answer   string
		texts    []string
		cancel   bool // the first person's run ends early
		want     []string
		requests int
	}{
		"the same":                 {rows, []string{"vrf r1", "vrf r1", "VRFS R1"}, false, []string{"- **X**", "- **X**", "- **X**"}, 1},
		"with filters":             {rows, []string{"vrf r1 | X", "vrf r1 | Y", "vrf r1 | Z"}, false, []string{"- **X**", "- **Y**", "0 rows"}, 1},
		"other devices":            {rows, []string{"vrf r1", "vrf r2"}, false, []string{"**r1**", "**r2**"}, 2},
		"other inputs":             {rows, []string{"route r1 10.0.0.0/8", "route r1 10.0.0.0/9"}, false, []string{"", ""}, 2},
		"an error":                 {rows, []string{"vrf down", "vrf down"}, false, []string{"down is down.", "down is down."}, 1},
		"the first one cancels":    {rows, []string{"vrf r1", "vrf r1", "vrf r1"}, true, []string{"", "- **X**", "- **X**"}, 2},
		"too large to share":       {`{"m:a":{"r":[` + strings.Repeat(`{"name":"N"},`, 20_001) + `{"name":"X"}]}}`, []string{"vrf r1 | X", "vrf r1 | X"}, false, []string{"- **X**", "- **X**"}, 2},
		"a file isn't shared":      {rows, []string{"vrf r1 csv", "vrf r1"}, false, []string{"", "- **X**"}, 1}, // the file is read when it is sent
		"sixty-four in one moment": {rows, strings.Split(strings.Repeat("vrf r1,", 63)+"vrf r1", ","), false, strings.Split(strings.Repeat("- **X**,", 63)+"- **X**", ","), 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gated{fetcher: fetcher{answer: c.answer}, gate: make(chan struct{})}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				got := crowd(ctx, t, g, c.texts, func() {
					if c.cancel {
						cancel()
					}
				})
				for i, want := range c.want {
					if !strings.Contains(got[i], want) {
						t.Errorf("%s: %q, want %q", c.texts[i], got[i], want)
					}
				}
				if len(g.asked) != c.requests {
					t.Errorf("the devices got %d requests, want %d", len(g.asked), c.requests)
				}
			})
		})
	}
}

// People who type the same VRF in another spelling share the look-up of the device's own.
func TestSpellingIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{fetcher: fetcher{answer: `{"m:a":{"r":[{"name":"X"},{"name":"Y"}]}}`}, gate: make(chan struct{})}
		texts := []string{"route r1 10.0.0.0/8 x", "route r1 10.0.0.0/8 x", "route r1 10.0.0.0/8 y"}
		got := crowd(t.Context(), t, g, texts, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			if len(g.asked) != 1 {
				t.Errorf("the device got %d requests before it answered", len(g.asked))
			}
		})
		for i, want := range []string{"X", "X", "Y"} {
			if !strings.Contains(got[i], "- **"+want+"**") {
				t.Errorf("%s: %q", texts[i], got[i])
			}
		}
	})
}
