// Package websocket hears through a WebSocket that it opens to Webex: it needs no address of its own,
// no open port and no tunnel.
//
// The protocol is internal/webex's business; this package keeps a socket open, whatever happens to
// it, and hears by REST what was missed while it wasn't. It is imported by internal/app.
package websocket

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"overwatch/internal/fault"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

const (
	family       = "overwatch-"     // how the names of our registrations begin
	claimFor     = 2 * time.Minute  // a name stays taken after a process that died
	proven       = 10 * time.Second // a socket that lasted so long is no failure
	soon         = time.Second / 2  // between attempts, while sockets get ready
	latest       = time.Minute      // between attempts, while they don't
	refreshEvery = 6 * time.Hour    // so that the registrations in use are never the oldest
	markEvery    = 10 * time.Second // see transport.Receiver.Mark
	renewEvery   = 30 * time.Second // of the claim to the name
)

// After so many failures in a row something learned earlier is asked for again.
const (
	forgetRegistration = 3
	forgetServices     = 6
)

// Transport hears through a WebSocket.
type Transport struct {
	receiver *transport.Receiver
	catalog  string // the address of Webex's catalog of services
	host     string
	process  []byte // a name of this process

	name         string // of the registration; empty before one is claimed
	passed       int    // names that others have
	services     *webex.Services
	registration *webex.Registration
	failures     int       // in a row
	ready        time.Time // when the last socket got ready; zero after one that didn't
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that hears with receiver and asks the catalog at that address where.
func New(receiver *transport.Receiver, catalog string) *Transport {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "somewhere"
	}
	return &Transport{receiver: receiver, catalog: catalog, host: host, process: []byte(rand.Text())}
}

// Describe implements transport.Transport.
func (*Transport) Describe() string {
	return "through a WebSocket to Webex, which needs no open port"
}

// Run implements transport.Transport.
func (t *Transport) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() { t.receiver.RunCatchUps(ctx) })
	defer looking.Wait()
	defer stop()
	defer t.release(context.WithoutCancel(ctx))
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = time.Second, latest
	for {
		t.ready = time.Time{}
		err := t.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		t.receiver.State.Down(err)
		heard := !t.ready.IsZero()
		if heard && time.Since(t.ready) > proven {
			t.failures = 0
			wait.Reset()
		}
		now := t.learn(err)
		if err := t.hopeless(ctx, err); err != nil {
			return err
		}
		pause := max(wait.NextBackOff(), fault.After(err))
		switch {
		case now && t.failures <= 1:
			pause = 0
		case heard: // whatever ends it again and again, it works meanwhile
			pause = min(pause, soon)
		}
		t.receiver.WithError(err).Warnf("the socket to Webex is down; I'll open another in %v", pause.Round(time.Millisecond))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// learn draws conclusions from the end of a session, and reports whether trying again at once may help.
func (t *Transport) learn(err error) (now bool) {
	t.failures++
	if t.failures >= forgetRegistration {
		t.registration = nil
	}
	if t.failures >= forgetServices {
		t.services, t.failures = nil, 0
	}
	var closed *webex.Closed
	switch {
	case fault.Of(err) == fault.NotFound: // the registration has gone stale
		t.registration = nil
		return true
	case !errors.As(err, &closed):
		return false
	case closed.Code == webex.CodeReplaced:
		// Somebody else opened a socket of our registration. Taking it back would go on for ever, so we
		// take another one.
		t.registration, t.name = nil, ""
		t.passed++
		return true
	case closed.Code == webex.CodeReplacedClean:
		t.registration = nil
	}
	return true
}

// hopeless returns an error if a person has to mend something: the token isn't valid any more. Webex
// is asked once more, since a single refusal may be a mistake.
func (t *Transport) hopeless(ctx context.Context, err error) error {
	if fault.Of(err) != fault.Denied {
		return nil
	}
	if _, refused := t.receiver.Client.Me(ctx); fault.Of(refused) == fault.Denied {
		return err
	}
	return nil
}

// prepare finds out where to open a socket, as far as that isn't known.
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

// claim takes a name that no replica on this machine has, or keeps the one we have.
func (t *Transport) claim(ctx context.Context) error {
	if t.name != "" {
		held, err := t.claimed(ctx, t.name)
		if err != nil || held {
			return err
		}
	}
	for n := t.passed; ; n++ {
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

// claimed takes a name or keeps it, unless another process has it.
func (t *Transport) claimed(ctx context.Context, name string) (bool, error) {
	holder, err := t.receiver.Notes.Claim(ctx, note(name), t.process, claimFor)
	return string(holder) == string(t.process), err
}

// release lets the next process have the name at once, which finds its registration again.
func (t *Transport) release(ctx context.Context) {
	if t.name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastStores)
	defer cancel()
	if _, err := t.receiver.Notes.Claim(ctx, note(t.name), t.process, time.Second); err != nil {
		t.receiver.Log.WithError(err).Debug("can't give back the name of the registration")
	}
}

// note is the name of a note that says who has the name of a registration.
func note(name string) string {
	clean := []byte("socket-" + name)
	for i, c := range clean {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			clean[i] = '-'
		}
	}
	return string(clean)
}
