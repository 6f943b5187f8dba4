package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// world is the environment of the bots.
type world struct {
	cloud   *cloud
	network *network
	devices int    // each at its own port
	dir     string // of programs and their files
	made    int    // number of data directories
}

func newWorld(ctx context.Context, dir string, devices int) (_ *world, err error) {
	w := &world{dir: dir, devices: devices}
	if w.cloud, err = newCloud(); err != nil {
		return nil, err
	}
	if w.network, err = newNetwork(devices); err != nil {
		w.cloud.close()
		return nil, err
	}
	if err = w.network.inventory(dir, devices); err == nil {
		err = errors.Join(build(ctx, dir, "overwatch", "overwatch/cmd/overwatch"), build(ctx, dir, "floor", "overwatch/internal/bench/floor"))
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() {
	w.cloud.close()
	w.network.close()
}

// kind is a program with its settings.
type kind struct {
	name      string
	transport string // empty for the floor
	sync      string
}

// floor only makes the HTTP requests; the others are overwatch serve.
var (
	floor = kind{name: "floor"}
	kinds = []kind{
		{"webhook", "webhook", "interval"},
		{"webhook, fsync", "webhook", "always"},
		{"socket", "websocket", "interval"},
		{"socket, fsync", "websocket", "always"},
	}
)

// Curves are measured with one kind, which is enough to see how cost grows.
var bySocket, byWebhook = kinds[2], kinds[0]

// bots are processes that share the work: one, or several replicas.
type bots struct {
	processes []*process
	hooks     []*caller // webhook targets; none with a websocket
}

func (b *bots) stop() {
	for _, p := range b.processes {
		p.stop()
	}
	for _, h := range b.hooks {
		h.close()
	}
}

func (b *bots) cpu() (total time.Duration, err error) {
	for _, p := range b.processes {
		d, err := p.cpu()
		if err != nil {
			return 0, err
		}
		total += d
	}
	return total, nil
}

// data returns a new data directory.
func (w *world) data() string {
	w.made++
	return filepath.Join(w.dir, "data"+strconv.Itoa(w.made))
}

// start starts a number of bots of a kind. more are further settings.
func (w *world) start(ctx context.Context, k kind, replicas int, more ...string) (*bots, error) {
	w.cloud.forget()
	b := &bots{}
	for range replicas {
		address, err := freePort()
		if err != nil {
			b.stop()
			return nil, err
		}
		var p *process
		if k.transport == "" {
			p, err = start(ctx, w.dir, filepath.Join(w.dir, "floor"), address, "/readyz",
				append([]string{"-listen", address, "-webex", w.cloud.base + "/v1", "-token", token}, vrfPaths...), nil)
		} else {
			p, err = start(ctx, w.dir, filepath.Join(w.dir, "overwatch"), address, "/readyz", []string{"serve"}, append(w.settings(k, address), more...))
		}
		if err != nil {
			b.stop()
			return nil, err
		}
		b.processes = append(b.processes, p)
		if k.transport != "websocket" {
			b.hooks = append(b.hooks, newCaller(address))
		}
	}
	return b, nil
}

// settings returns settings with all features on. Rate limits are set, but too high to be reached.
func (w *world) settings(k kind, address string) []string {
	all := map[string]string{
		"WEBEX_API_URL": w.cloud.base + "/v1", "WEBEX_U2C_URL": w.cloud.base, "WEBEX_BOT_TOKEN": token,
		"INVENTORY": "devices.yaml", "LISTEN": address, "DATA_DIR": w.data(), "CARD_KEY": cardKey, "TRANSPORT": k.transport, "INBOX_SYNC": k.sync,
		"PERSON_RATE": "1000000", "SPACE_RATE": "1000000", "DEVICE_RATE": "1000000",
	}
	if k.transport == "webhook" {
		all["PUBLIC_URL"], all["WEBHOOK_SECRET"] = "http://"+address, webhookSecret
	}
	env := []string{"BENCH_PASSWORD=bench"}
	for name, value := range all {
		env = append(env, "OVERWATCH_"+name+"="+value)
	}
	return env
}

// measure measures a new bot under a load.
func (w *world) measure(ctx context.Context, k kind, l load, more ...string) (result, error) {
	b, err := w.start(ctx, k, 1, more...)
	if err != nil {
		return result{}, err
	}
	defer b.stop()
	if err := b.processes[0].resetPeak(); err != nil {
		return result{}, err
	}
	return w.run(ctx, b, l)
}

// rest measures an idle bot.
func (w *world) rest(ctx context.Context, k kind, lasting time.Duration) (r result, err error) {
	b, err := w.start(ctx, k, 1)
	if err != nil {
		return r, err
	}
	defer b.stop()
	p := b.processes[0]
	r.ready = p.ready
	select {
	case <-ctx.Done():
		return r, ctx.Err()
	case <-time.After(lasting / 2): // let the start finish
	}
	before, err := p.cpu()
	if err != nil {
		return r, err
	}
	select {
	case <-ctx.Done():
		return r, ctx.Err()
	case <-time.After(lasting):
	}
	after, err := p.cpu()
	if err != nil {
		return r, err
	}
	r.idleCPU = float64(after-before) / float64(lasting)
	r.idle, _, err = p.memory()
	return r, err
}

// clean removes the data directories of stopped bots.
func (w *world) clean() error {
	found, err := filepath.Glob(filepath.Join(w.dir, "data*"))
	if err != nil {
		return err
	}
	for _, dir := range found {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}
