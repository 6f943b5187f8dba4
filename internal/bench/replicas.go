package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"
)

// replicated measures a number of bots that share an inbox in a NATS server.
func (w *world) replicated(ctx context.Context, o plan, replicas int) ([]string, error) {
	nats, address, err := w.startNATS(ctx)
	if err != nil {
		return nil, err
	}
	defer nats.stop()
	// All bots have the public URL of the load balancer; otherwise each would register webhooks of its own.
	b, err := w.start(ctx, byWebhook, replicas, "OVERWATCH_NATS_URL=nats://"+address, "OVERWATCH_PUBLIC_URL=http://127.0.0.1:9")
	if err != nil {
		return nil, err
	}
	defer b.stop()
	before, err := nats.cpu()
	if err != nil {
		return nil, err
	}
	asked := w.cloud.replies.Load()
	r, err := w.run(ctx, b, load{inFlight: o.some(), lasting: o.lasting})
	if err != nil {
		return nil, err
	}
	after, err := nats.cpu()
	if err != nil {
		return nil, err
	}
	asked = max(w.cloud.replies.Load()-asked, 1) // including the warm-up
	return []string{
		fmt.Sprintf("%.0f", r.perSecond), inMS(r.replies.at(.5)), inMS(r.replies.at(.99)), fmt.Sprintf("%.2f ms", ms(r.cpu)), fmt.Sprintf("%.2f ms", ms((after-before)/time.Duration(asked))),
	}, nil
}

// startNATS starts a NATS server with JetStream and returns its address.
func (w *world) startNATS(ctx context.Context) (p *process, address string, err error) {
	if err := build(ctx, w.dir, "nats-server", "github.com/nats-io/nats-server/v2"); err != nil {
		return nil, "", err
	}
	if address, err = freePort(); err != nil {
		return nil, "", err
	}
	monitor, err := freePort()
	if err != nil {
		return nil, "", err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	_, monitorPort, err := net.SplitHostPort(monitor)
	if err != nil {
		return nil, "", err
	}
	p, err = start(ctx, w.dir, filepath.Join(w.dir, "nats-server"), monitor, "/healthz", []string{
		"--addr", host, "--port", port, "--http_port", monitorPort, "--jetstream", "--store_dir", w.data(),
	}, nil)
	return p, address, err
}
