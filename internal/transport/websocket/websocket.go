// Package websocket receives events through a WebSocket that the bot opens to Webex. It only needs
// outbound HTTPS: no public address, open port or tunnel.
//
// internal/webex has the protocol. This package keeps a socket open, opens another one when it ends, and
// has missed messages caught up by REST. It is imported by internal/app.
//
// Reading order: session.go, websocket.go.
package websocket

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/retry"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

const (
	family      = "overwatch-"     // prefix of the names of the bot's registrations
	claimFor    = 2 * time.Minute  // how long a name stays taken after its process died
	stableAfter = 10 * time.Second // a socket that lasted longer doesn't count as a failure
	shortPause  = time.Second / 2  // between attempts, while sockets get ready
	maxPause    = time.Minute      // between attempts, while they don't
)

// After so many failures in a row the registration, or the catalog of services, is requested again.
const (
	dropRegistration = 3
	dropServices     = 6
)

// Transport receives events through a WebSocket.
type Transport struct {
	receiver *transport.Receiver
	catalog  string // address of Webex's catalog of services
	host     string
	process  []byte // identifies this process

	name         string // of the registration; empty before one is claimed
	taken        int    // names that other programs use
	services     *webex.Services
	registration *webex.Registration
	failures     int       // in a row
	ready        time.Time // when the last socket got ready; zero if it didn't
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that puts events into the inbox with r. The catalog is the address of the
// service that has the address of the socket.
func New(r *transport.Receiver, catalog string) *Transport {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	return &Transport{receiver: r, catalog: catalog, host: host, process: []byte(rand.Text())}
}

// Describe implements transport.Transport.
func (*Transport) Describe() string {
	return "by WebSocket, which needs no open port"
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var catchUps sync.WaitGroup
	catchUps.Go(func() { t.receiver.RunCatchUps(ctx) })
	defer catchUps.Wait()
	defer stop()
	defer t.release(context.WithoutCancel(ctx))
	pauses := retry.NewBackoff(time.Second, maxPause)
	for {
		t.ready = time.Time{}
		err := t.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		t.receiver.State.Down(err)
		worked := !t.ready.IsZero()
		if worked && time.Since(t.ready) > stableAfter {
			t.failures = 0
			pauses.Reset()
		}
		now := t.afterEnd(err)
		if t.receiver.TokenRefused(ctx, err) {
			return err
		}
		pause := pauses.Next(err)
		switch {
		case now && t.failures <= 1:
			pause = 0
		case worked:
			pause = min(pause, shortPause)
		}
		t.receiver.WithError(err).Warnf("the socket to Webex is down; opening another in %v", pause.Round(time.Millisecond))
		if retry.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// afterEnd decides what to request anew after a session ended, and reports whether another attempt may
// work at once.
func (t *Transport) afterEnd(err error) (now bool) {
	t.failures++
	if t.failures >= dropRegistration {
		t.registration = nil
	}
	if t.failures >= dropServices {
		t.services, t.failures = nil, 0
	}
	var closed *webex.Closed
	switch {
	case fault.Of(err) == fault.NotFound: // the registration no longer exists
		t.registration = nil
		return true
	case !errors.As(err, &closed):
		return false
	case closed.Code == webex.CodeReplaced:
		// Another program uses this registration. Two that take it back from each other never stop.
		t.registration, t.name = nil, ""
		t.taken++
		return true
	case closed.Code == webex.CodeReplacedClean:
		t.registration = nil
	}
	return true
}

// session opens a socket and receives until it ends. The error is why it ended.
func (t *Transport) session(ctx context.Context) error {
	if err := t.prepare(ctx); err != nil {
		return err
	}
	first, err := t.receiver.Client.OpenSocket(ctx, *t.services, *t.registration)
	if err != nil {
		return err
	}
	t.ready = time.Now()
	t.receiver.Log.WithField("registration", t.name).Info("connected to Webex by WebSocket")
	s := &session{
		receiver: t.receiver, services: *t.services, registration: *t.registration,
		renew: func(ctx context.Context) (bool, error) { return t.claimed(ctx, t.name) },
	}
	return s.run(ctx, first)
}

// prepare requests what is needed to open a socket and isn't known yet.
func (t *Transport) prepare(ctx context.Context) error {
	if err := t.receiver.NoteStart(ctx); err != nil {
		return err
	}
	if t.services == nil {
		s, err := t.receiver.Client.Services(ctx, t.catalog)
		if err != nil {
			return err
		}
		t.services, t.registration = &s, nil
	}
	if err := t.claim(ctx); err != nil {
		return err
	}
	if t.registration == nil {
		r, err := t.receiver.Client.EnsureRegistration(ctx, *t.services, family, t.name)
		if err != nil {
			return err
		}
		t.registration = &r
	}
	return nil
}

// claim takes a name for the registration that no other process uses, or keeps the present one.
func (t *Transport) claim(ctx context.Context) error {
	if t.name != "" {
		held, err := t.claimed(ctx, t.name)
		if err != nil || held {
			return err
		}
	}
	for n := t.taken; ; n++ {
		name := family + t.host
		if n > 0 {
			name = fmt.Sprintf("%s-%d", name, n+1)
		}
		held, err := t.claimed(ctx, name)
		if err != nil {
			return err
		}
		if held {
			t.name, t.registration = name, nil
			return nil
		}
	}
}

// claimed takes a name or keeps it. It is false if another process has it.
func (t *Transport) claimed(ctx context.Context, name string) (bool, error) {
	holder, err := t.receiver.Notes.Claim(ctx, note(name), t.process, claimFor)
	return string(holder) == string(t.process), err
}

// release gives the name back, so that the next process reuses the registration at once.
func (t *Transport) release(ctx context.Context) {
	if t.name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastPuts)
	defer cancel()
	if _, err := t.receiver.Notes.Claim(ctx, note(t.name), t.process, time.Second); err != nil {
		t.receiver.Log.WithError(err).Debug("the name of the registration can't be released")
	}
}

// note returns the name of the note with the process that uses a registration.
func note(name string) string {
	clean := []byte("socket-" + name)
	for i, c := range clean {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			clean[i] = '-'
		}
	}
	return string(clean)
}
