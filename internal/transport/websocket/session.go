package websocket

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/webex"
)

const (
	maxBehind  = 1000            // frames that may wait for the inbox; when there are more, they are caught up later
	lastStores = 5 * time.Second // for what was heard when the session ends
)

// session is one socket and what follows it after a shutdown frame.
type session struct {
	*Transport
	at    webex.Services
	mine  webex.Registration
	parts sync.WaitGroup

	frames  chan arrived       // from every socket of the session
	store   chan arrived       // what is to be put into the inbox
	pending atomic.Int64       // how much of it isn't yet
	moved   chan *webex.Socket // the socket that follows, or nil when there is none
	lost    chan error         // why the session can't go on

	active   *webex.Socket
	sequence int64 // of the last frame of the active socket
	moving   bool  // to another socket
}

// arrived is a frame, or the end of a socket.
type arrived struct {
	from  *webex.Socket
	frame webex.Frame
	err   error
}

// session opens a socket and hears until it ends. The error is why it ended.
func (t *Transport) session(ctx context.Context) error {
	if err := t.prepare(ctx); err != nil {
		return err
	}
	first, err := t.receiver.Client.OpenSocket(ctx, *t.services, *t.registration)
	if err != nil {
		return err
	}
	s := &session{
		Transport: t, at: *t.services, mine: *t.registration, active: first,
		frames: make(chan arrived), store: make(chan arrived, maxBehind), moved: make(chan *webex.Socket, 1),
		lost: make(chan error, 1),
	}
	ctx, stop := context.WithCancel(ctx)
	defer s.end()
	defer stop()
	s.read(ctx, first)
	s.parts.Go(func() { s.keep(ctx) })
	s.parts.Go(func() { s.look(ctx) })
	t.ready = time.Now()
	t.receiver.State.Up()
	t.receiver.Log.WithField("registration", t.name).Info("hearing through a socket")
	t.receiver.RequestCatchUp() // what happened before
	return s.hear(ctx)
}

// end waits for the parts of the session.
func (s *session) end() {
	s.parts.Wait()
	select {
	case next := <-s.moved:
		if next != nil {
			next.Close()
		}
	default:
	}
}

// read hands over what comes from a socket until it ends, and closes it.
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

// hear is the session's one loop. It waits for nothing but what comes: a socket that isn't read dies.
func (s *session) hear(ctx context.Context) error {
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
		case next := <-s.moved:
			if s.moving = false; next != nil {
				s.active, s.sequence = next, 0
				s.read(ctx, next)
				s.receiver.RequestCatchUp() // between the last frame of the old one and the first of the new one
			}
		}
	}
}

// errName says that a replica has the name of our registration.
var errName = errors.New("another process goes by the name of this one's registration")

// look keeps what is known elsewhere of this session up to date.
func (s *session) look(ctx context.Context) {
	mark, renew, refresh := time.NewTicker(markEvery), time.NewTicker(renewEvery), time.NewTicker(refreshEvery)
	defer mark.Stop()
	defer renew.Stop()
	defer refresh.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-mark.C:
			if s.pending.Load() == 0 {
				err = s.receiver.NoteReceived(ctx)
			}
		case <-renew.C:
			var held bool
			if held, err = s.claimed(ctx, s.name); err == nil && !held {
				s.lost <- errName // has room, and is the last thing that happens here
				return
			}
		case <-refresh.C:
			_, err = s.receiver.Client.Refresh(ctx, s.at, s.mine)
		}
		if err != nil && ctx.Err() == nil {
			s.receiver.Log.WithError(err).Warn("can't look after the socket; I'll try again")
		}
	}
}

// take deals with one frame.
func (s *session) take(ctx context.Context, a arrived) {
	f := a.frame
	if a.from == s.active && f.Sequence > 0 {
		if s.sequence > 0 && f.Sequence > s.sequence+1 {
			s.receiver.Log.WithField("frames", f.Sequence-s.sequence-1).Warn("the socket lost something; I'll look what")
			s.receiver.RequestCatchUp()
		}
		s.sequence = max(s.sequence, f.Sequence)
	}
	if f.Type == "shutdown" {
		s.move(ctx)
		return
	}
	select {
	case s.store <- a:
		s.pending.Add(1)
	default:
		s.receiver.RequestCatchUp()
	}
}

// move opens another socket before Webex closes this one.
func (s *session) move(ctx context.Context) {
	if s.moving {
		return
	}
	s.moving = true
	s.receiver.Log.Info("Webex is about to close the socket; moving to another")
	s.parts.Go(func() {
		next, err := s.receiver.Client.OpenSocket(ctx, s.at, s.mine)
		if err != nil {
			s.receiver.Log.WithError(err).Warn("can't move to another socket; I'll open one when this one is closed")
		}
		s.moved <- next // has room: one move at a time
	})
}

// Stores wait for the disk or a cluster, so several go on at the same time: those of one space one after
// the other.
const (
	lanes   = 64
	perLane = 4 // frames that wait in one
)

// heard is a frame that has to be acknowledged, and what it tells of.
type heard struct {
	arrived
	notice chat.Event
	tells  bool
}

// keep puts what was heard into the inbox. What is here when the session ends is stored as well.
func (s *session) keep(ctx context.Context) {
	storing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastStores, cancel) })()
	var busy sync.WaitGroup
	defer busy.Wait()
	var into [lanes]chan heard
	for i := range into {
		into[i] = make(chan heard, perLane)
		defer close(into[i])
		busy.Go(func() {
			for h := range into[i] {
				s.put(storing, h)
			}
		})
	}
	sort := func(a arrived) {
		h := heard{arrived: a}
		h.notice, h.tells = a.frame.Event(s.at, s.receiver.Me)
		into[maphash.String(seed, h.notice.Room)%lanes] <- h
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

// put stores a frame and acknowledges it then: what isn't stored isn't acknowledged.
func (s *session) put(ctx context.Context, h heard) {
	defer s.pending.Add(-1)
	if h.tells {
		if err := s.receiver.PutUntil(ctx, h.notice); err != nil {
			s.receiver.Log.WithError(err).WithField("id", h.notice.ID).Error("couldn't store what was heard")
			return
		}
	}
	if err := h.from.Ack(ctx, h.frame); err != nil && ctx.Err() == nil {
		s.receiver.Log.WithError(err).Debug("can't acknowledge a frame") // its socket is gone
	}
}
