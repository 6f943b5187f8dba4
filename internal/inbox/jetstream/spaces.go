package jetstream

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

const (
	perSpace  = 32                    // events that one replica has of one space, so that a flooded space leaves room for others
	firstLook = 10 * time.Millisecond // until the next look at a space that another replica works on; it doubles
	lastLook  = time.Second
)

// item is an event that this replica has from the stream.
type item struct {
	msg      js.Msg // the newest copy that was delivered
	seq      uint64 // place in the stream
	times    uint64 // how often it was delivered
	id       string
	event    chat.Event
	extended time.Time // when the stream was last told that it is still ours
}

// space is a space with events here.
type space struct {
	subject string
	listed  bool          // in ready
	waiting []*item       // by their place in the stream, the leased one among them
	leased  *item         // or looked at; nil while there is none
	look    time.Duration // until the next look, while another replica works on the space
	asleep  *time.Timer   // ends with that look
}

// spaces are the events that this replica has from the stream. Safe for concurrent use.
type spaces struct {
	window  int           // events at the same time
	silence time.Duration // after which an event belongs to another replica

	mu     sync.Mutex
	closed bool
	all    map[string]*space // by subject
	ready  []*space
	wake   chan struct{} // has a token when ready may have become non-empty or closed was set
	taken  int           // events in all
	freed  chan struct{} // has a token when taken became less
}

func newSpaces(window int, silence time.Duration) *spaces {
	return &spaces{window: window, silence: silence, all: map[string]*space{}, wake: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add takes an event in, and reports whether there was room for it.
func (s *spaces) add(subject string, it *item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.all[subject]
	if sp == nil {
		sp = &space{subject: subject}
		s.all[subject] = sp
	}
	at, again := slices.BinarySearchFunc(sp.waiting, it.seq, func(x *item, seq uint64) int { return cmp.Compare(x.seq, seq) })
	switch {
	case again: // it was silent for too long and is delivered once more
		sp.waiting[at].msg, sp.waiting[at].extended, sp.waiting[at].times = it.msg, it.extended, it.times
		return true
	case len(sp.waiting) == perSpace && at == perSpace:
		return false
	}
	sp.waiting = slices.Insert(sp.waiting, at, it)
	s.taken++
	s.list(sp)
	return true
}

// list lists a space as ready. The caller must hold mu.
func (s *spaces) list(sp *space) {
	if s.closed || sp.leased != nil || len(sp.waiting) == 0 || sp.listed {
		return
	}
	if sp.asleep != nil {
		sp.asleep.Stop()
		sp.asleep = nil
	}
	sp.listed = true
	s.ready = append(s.ready, sp)
	token(s.wake)
}

// next waits for a space that is ready and leases its first event.
func (s *spaces) next(ctx context.Context) (*space, *item, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if sp, it, err := s.lease(); sp != nil || err != nil {
			return sp, it, err
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		}
	}
}

func (s *spaces) lease() (*space, *item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		token(s.wake) // for the next one who waits
		return nil, nil, inbox.ErrClosed
	}
	if len(s.ready) == 0 {
		return nil, nil, nil
	}
	sp := s.ready[0]
	s.ready = s.ready[1:]
	sp.listed = false
	if len(s.ready) > 0 {
		token(s.wake)
	}
	sp.leased = sp.waiting[0]
	return sp, sp.leased, nil
}

// release ends the lease of an event and takes it out of its space.
func (s *spaces) release(sp *space, it *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(sp, it)
	sp.leased, sp.look = nil, 0
	if len(sp.waiting) > 0 {
		s.list(sp)
	} else if s.all[sp.subject] == sp {
		delete(s.all, sp.subject)
	}
}

// remove takes an event out of its space. The caller must hold mu.
func (s *spaces) remove(sp *space, it *item) {
	if i := slices.Index(sp.waiting, it); i >= 0 {
		sp.waiting = slices.Delete(sp.waiting, i, i+1)
		s.taken--
		token(s.freed)
	}
}

// sleep looks at a space again after a while; 0 is a while that doubles with each look. If an older event
// came meanwhile, that is looked at now. After the longest look the events go back to the stream: the one
// that has to come first may be waiting for a replica that is full of later ones.
func (s *spaces) sleep(sp *space, it *item, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp.leased = nil
	switch {
	case s.closed:
		return
	case len(sp.waiting) > 0 && sp.waiting[0] != it:
		s.list(sp)
		return
	case d == 0 && sp.look == lastLook:
		s.giveUp(sp, lastLook)
		return
	case d == 0:
		sp.look = min(max(2*sp.look, firstLook), lastLook)
		d = sp.look
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sp.asleep == timer {
			sp.asleep = nil
			s.list(sp)
		}
	})
	sp.asleep = timer
}

// giveUp returns the events of a space to the stream, to be delivered after a while. The caller must hold mu.
func (s *spaces) giveUp(sp *space, after time.Duration) {
	for _, it := range sp.waiting {
		_ = it.msg.NakWithDelay(after) // if it is lost, the event comes back all the same, only later
	}
	s.taken -= len(sp.waiting)
	token(s.freed)
	delete(s.all, sp.subject)
}

// free returns how many more events there is room for.
func (s *spaces) free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.window - s.taken
}

// message returns the newest copy of an event.
func (s *spaces) message(it *item) js.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return it.msg
}

// first reports whether an event was delivered for the first time.
func (s *spaces) first(it *item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return it.times == 1
}

// held reports whether an event still belongs to this replica.
func (s *spaces) held(it *item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ours(it)
}

// ours reports whether the stream still leaves an event to this replica. The stream counts from when it
// sent the event, and this replica from when it came: a tenth of the silence is left for the way. The
// caller must hold mu.
func (s *spaces) ours(it *item) bool {
	return time.Since(it.extended) < s.silence-s.silence/10
}

// extend tells the stream that the events here are still ours. Events that it can't have been told of in
// time belong to another replica: those that wait are dropped, and those in work are left to their lease.
func (s *spaces) extend(connected func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sp := range s.all {
		for _, it := range slices.Clone(sp.waiting) {
			if s.ours(it) {
				if connected() && it.msg.InProgress() == nil {
					it.extended = time.Now()
				}
			} else if it != sp.leased {
				s.remove(sp, it)
			}
		}
		if len(sp.waiting) == 0 && sp.leased == nil {
			s.ready, sp.listed = slices.DeleteFunc(s.ready, func(x *space) bool { return x == sp }), false
			delete(s.all, sp.subject)
		}
	}
}

// close ends next for everybody.
func (s *spaces) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, sp := range s.all {
		if sp.asleep != nil {
			sp.asleep.Stop()
		}
	}
	token(s.wake)
}

// giveBack returns all events to the stream, for other replicas to take at once.
func (s *spaces) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sp := range s.all {
		for _, it := range sp.waiting {
			_ = it.msg.Nak() // if it is lost, the event comes back all the same, only later
		}
	}
	clear(s.all)
}
