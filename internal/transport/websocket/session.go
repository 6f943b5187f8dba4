package websocket

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

const (
	maxWaiting   = 1000             // frames that wait to be stored; more are dropped and caught up later
	lastPuts     = 5 * time.Second  // to store and release what is left when the transport stops
	noteEvery    = 10 * time.Second // see transport.Receiver.NoteReceived
	renewEvery   = 30 * time.Second // the claim on the name
	refreshEvery = 6 * time.Hour    // keeps the registrations in use from being the oldest
)

// session is one socket, and those that replace it when Webex announces a shutdown.
type session struct {
	receiver     *transport.Receiver
	services     webex.Services
	registration webex.Registration
	renew        func(context.Context) (held bool, err error) // the claim on the registration's name
	parts        sync.WaitGroup

	frames  chan arrived       // from all sockets of the session
	store   chan arrived       // to be put into the inbox
	pending atomic.Int64       // frames not yet stored
	next    chan *webex.Socket // the replacement, or nil if it couldn't be opened
	lost    chan error         // why the session can't go on

	active   *webex.Socket
	sequence int64 // of the last frame of the active socket
	moving   bool  // a replacement is being opened
}

// arrived is a frame, or the end of a socket.
type arrived struct {
	from  *webex.Socket
	frame webex.Frame
	err   error
}

// run receives from the first socket, which is open, until the session can't go on. The error is why.
func (s *session) run(ctx context.Context, first *webex.Socket) error {
	s.active = first
	s.frames = make(chan arrived)
	s.store = make(chan arrived, maxWaiting)
	s.next = make(chan *webex.Socket, 1)
	s.lost = make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer s.end()
	defer stop()
	s.read(ctx, first)
	s.parts.Go(func() { s.storeAll(ctx) })
	s.parts.Go(func() { s.maintain(ctx) })
	s.receiver.State.Up()
	s.receiver.RequestCatchUp() // for what happened before
	return s.receive(ctx)
}

// end waits for the parts of the session.
func (s *session) end() {
	s.parts.Wait()
	select {
	case next := <-s.next:
		if next != nil {
			next.Close()
		}
	default:
	}
}

// read passes on the frames of a socket until it ends, and closes it.
func (s *session) read(ctx context.Context, from *webex.Socket) {
	s.parts.Go(func() {
		defer from.Close()
		for {
			f, err := from.Next(ctx)
			select {
			case s.frames <- arrived{from, f, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
}

// receive is the loop of the session. It must not block: a socket that isn't read is closed by Webex.
func (s *session) receive(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.lost:
			return err
		case a := <-s.frames:
			switch {
			case a.err != nil && a.from == s.active:
				return a.err
			case a.err == nil:
				s.take(ctx, a)
			}
		case next := <-s.next:
			if s.moving = false; next != nil {
				s.active, s.sequence = next, 0
				s.read(ctx, next)
				s.receiver.RequestCatchUp() // between the last frame of the old one and the first of the new one
			}
		}
	}
}

// errName means that another process has claimed the name of the registration.
var errName = errors.New("another process uses the name of this registration")

// maintain notes what was received, renews the claim on the name and refreshes the registration.
func (s *session) maintain(ctx context.Context) {
	note, renew, refresh := time.NewTicker(noteEvery), time.NewTicker(renewEvery), time.NewTicker(refreshEvery)
	defer note.Stop()
	defer renew.Stop()
	defer refresh.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-note.C:
			if s.pending.Load() == 0 {
				err = s.receiver.NoteReceived(ctx)
			}
		case <-renew.C:
			var held bool
			if held, err = s.renew(ctx); err == nil && !held {
				s.lost <- errName // doesn't block: it is sent once
				return
			}
		case <-refresh.C:
			_, err = s.receiver.Client.Refresh(ctx, s.services, s.registration)
		}
		if err != nil && ctx.Err() == nil {
			s.receiver.WithError(err).Warn("the registration of the socket can't be maintained; it will be retried")
		}
	}
}

// take handles one frame.
func (s *session) take(ctx context.Context, a arrived) {
	f, r := a.frame, s.receiver
	if a.from == s.active && f.Sequence > 0 {
		if s.sequence > 0 && f.Sequence > s.sequence+1 {
			r.Log.WithField("frames", f.Sequence-s.sequence-1).Warn("the socket lost frames; catching up")
			r.RequestCatchUp()
		}
		s.sequence = max(s.sequence, f.Sequence)
	}
	if f.Type == "shutdown" {
		s.move(ctx)
		return
	}
	s.pending.Add(1)
	select {
	case s.store <- a:
	default:
		s.pending.Add(-1)
		r.RequestCatchUp()
	}
}

// move opens another socket before Webex closes this one.
func (s *session) move(ctx context.Context) {
	if s.moving {
		return
	}
	s.moving = true
	r := s.receiver
	r.Log.Info("Webex announced that it will close the socket; opening another")
	s.parts.Go(func() {
		next, err := r.Client.OpenSocket(ctx, s.services, s.registration)
		if err != nil {
			r.WithError(err).Warn("another socket can't be opened yet; it will be retried when this one is closed")
		}
		s.next <- next // doesn't block: one at a time
	})
}

// Storing waits for a disk or a cluster, so lanes store at the same time. The events of one space stay
// in one lane and so in order.
const (
	lanes   = 64
	perLane = 4 // frames that wait in a lane
)

// received is a frame to acknowledge, and the event in it.
type received struct {
	arrived
	event chat.Event
	has   bool // an event
}

// storeAll puts events into the inbox. When ctx ends, those that wait are still stored.
func (s *session) storeAll(ctx context.Context) {
	storing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastPuts, cancel) })()
	var busy sync.WaitGroup
	defer busy.Wait()
	var into [lanes]chan received
	for i := range into {
		into[i] = make(chan received, perLane)
		defer close(into[i])
		busy.Go(func() {
			for r := range into[i] {
				s.put(storing, r)
			}
		})
	}
	sort := func(a arrived) {
		r := received{arrived: a}
		r.event, r.has = a.frame.Event(s.services, s.receiver.Me)
		into[maphash.String(seed, webex.UUID(r.event.Room))%lanes] <- r
	}
	for {
		select {
		case a := <-s.store:
			sort(a)
			continue
		case <-ctx.Done():
		}
		for {
			select {
			case a := <-s.store:
				sort(a)
			default:
				return
			}
		}
	}
}

var seed = maphash.MakeSeed()

// put stores an event and then acknowledges its frame.
func (s *session) put(ctx context.Context, r received) {
	defer s.pending.Add(-1)
	log := s.receiver.Log
	if r.has {
		if err := s.receiver.PutUntil(ctx, r.event); err != nil {
			log.WithError(err).WithField("id", r.event.ID).Error("an event wasn't stored")
			return
		}
	}
	if err := r.from.Ack(ctx, r.frame); err != nil && ctx.Err() == nil {
		log.WithError(err).Debug("a frame wasn't acknowledged") // its socket was closed
	}
}
