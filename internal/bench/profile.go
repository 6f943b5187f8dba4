package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// profiled measures a load and, if requested, saves CPU and allocation profiles of the bot.
func (w *world) profiled(ctx context.Context, o plan, k kind, l load) (result, error) {
	if o.profiles == "" || k.transport == "" {
		return w.measure(ctx, k, l)
	}
	address, err := freePort()
	if err != nil {
		return result{}, err
	}
	words := strings.NewReplacer(" ", "-", ",", "")
	seconds := max(1, int(l.lasting/2/time.Second))
	written := make(chan error, 2)
	for _, profile := range []string{"profile", "allocs"} {
		go func() {
			select {
			case <-ctx.Done():
			case <-time.After(l.lasting / 2): // after warming up
			}
			file := filepath.Join(o.profiles, words.Replace(l.name+"."+k.name)+"."+profile)
			written <- fetch(ctx, fmt.Sprintf("http://%s/debug/pprof/%s?seconds=%d", address, profile, seconds), file)
		}()
	}
	r, err := w.measure(ctx, k, l, "OVERWATCH_PPROF_LISTEN="+address)
	return r, errors.Join(err, <-written, <-written)
}

func fetch(ctx context.Context, address, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
