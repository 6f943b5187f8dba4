package jetstream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
)

const (
	perSpace  = 32 // notices that one process has of one space, so that a flooded one doesn't keep others out
	pullFor   = 30 * time.Second
	leastLook = 10 * time.Millisecond // between looks at a space that another process works on
	mostLook  = time.Second
)

// spaces is what this process has from the stream.
type spaces struct {
	mu     sync.Mutex
	closed bool
	all    map[string]*space // by subject
	ready  []*space          // with something to look at, neither leased nor asleep
	wake   chan struct{}     // a token when ready may have become non-empty or closed was set
	taken  int               // notices in all
	freed  chan struct{}     // a token when taken became less

	// away has, by subject, the last notice that was given back to the stream: what comes after it may
	// be here before it is.
	away map[string]uint64
}

func newSpaces() spaces {
	return spaces{all: map[string]*space{}, away: map[string]uint64{}, wake: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
}

type space struct {
	subject string
	listed  bool          // among those that are ready
	waiting []*item       // by their place in the stream, the leased one among them
	leased  *item         // or being considered; nil when nobody is at it
	look    time.Duration // until the next look, while another process works on the space
	asleep  *time.Timer   // ends with that look
}

type item struct {
	msg    js.Msg
	seq    uint64
	times  uint64 // how often it was handed out
	notice chat.Event
	heard  time.Time // when the stream heard the last time that it is ours
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pull gets notices from the stream while there is room for them.
func (s *Store) pull() {
	for s.running.Err() == nil {
		err := s.pullSome()
		if err == nil || s.running.Err() != nil {
			continue
		}
		s.log.WithError(err).Warn("can't get anything from the inbox; I'll try again")
		select {
		case <-s.running.Done():
		case <-time.After(time.Second):
		}
	}
}

func (s *Store) pullSome() error {
	consumer, err := s.consumer()
	if err != nil {
		return err
	}
	for {
		free := s.free()
		if free == 0 {
			return nil
		}
		ctx, cancel := context.WithTimeout(s.running, pullFor)
		batch, err := consumer.Fetch(free, js.FetchContext(ctx))
		if err == nil {
			for msg := range batch.Messages() {
				s.place(msg)
			}
			err = batch.Error()
		}
		cancel()
		if err != nil && !errors.Is(err, js.ErrNoMessages) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// learn reads which notices the ledger has.
func (s *Store) learn() {
	ctx, cancel := context.WithTimeout(s.running, time.Minute)
	defer cancel()
	if err := s.answered.read(ctx, s); err != nil && s.running.Err() == nil {
		s.log.WithError(err).Warn("can't see what has been answered; it is asked for one by one")
	}
}

const consumerName = "worker"

func (s *Store) consumer() (js.Consumer, error) {
	ctx, cancel := context.WithTimeout(s.running, callWithin)
	defer cancel()
	if s.server != nil && s.fresh {
		// Nobody else can have anything from it, so what the last process had needn't wait for its
		// silence to be noticed.
		old, err := s.queue.Consumer(ctx, consumerName)
		if err == nil {
			s.handedOut = old.CachedInfo().Delivered.Stream
			err = s.queue.DeleteConsumer(ctx, consumerName)
		}
		if err != nil && !errors.Is(err, js.ErrConsumerNotFound) {
			return nil, err
		}
	}
	s.fresh = false
	return s.queue.CreateOrUpdateConsumer(ctx, js.ConsumerConfig{
		Durable: consumerName, AckPolicy: js.AckExplicitPolicy, AckWait: s.o.Silence, MaxDeliver: -1, MaxAckPending: -1,
	})
}

// free waits for room for a quarter of the window and returns how much there is; 0 when closed.
func (s *Store) free() int {
	for {
		s.mu.Lock()
		free := s.o.Window - s.taken
		s.mu.Unlock()
		if s.running.Err() != nil {
			return 0
		}
		if free >= max(s.o.Window/4, 1) {
			return free
		}
		select {
		case <-s.running.Done():
		case <-s.freed:
		}
	}
}

// place puts what came from the stream where it belongs.
func (s *Store) place(msg js.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		s.log.WithError(err).Error("the inbox handed out something that isn't of its stream")
		return
	}
	it := &item{msg: msg, seq: meta.Sequence.Stream, times: meta.NumDelivered, heard: time.Now()}
	if it.seq <= s.handedOut {
		it.times++
	}
	if err := json.Unmarshal(msg.Data(), &it.notice); err != nil {
		s.log.WithError(err).WithField("sequence", it.seq).Error("a notice in the inbox can't be read; it is thrown away")
		s.check(msg.Term())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.all[msg.Subject()]
	if sp == nil {
		sp = &space{subject: msg.Subject()}
		s.all[sp.subject] = sp
	}
	at, again := slices.BinarySearchFunc(sp.waiting, it.seq, func(x *item, seq uint64) int { return cmp.Compare(x.seq, seq) })
	switch {
	case again: // we were silent for too long, and got it once more
		sp.waiting[at].msg, sp.waiting[at].heard, sp.waiting[at].times = msg, it.heard, it.times
		return
	case len(sp.waiting) == perSpace && at == perSpace:
		s.lose(sp.subject, it.seq)
		s.check(msg.NakWithDelay(min(time.Second<<min(it.times-1, 5), 30*time.Second)))
		return
	}
	sp.waiting = slices.Insert(sp.waiting, at, it)
	s.taken++
	s.rouse(sp)
}

// rouse makes a space ready. The caller holds the lock.
func (s *spaces) rouse(sp *space) {
	if sp.leased != nil || len(sp.waiting) == 0 || sp.listed {
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

// Take implements inbox.Store.
func (s *Store) Take(ctx context.Context) (inbox.Lease, error) {
	s.start.Do(func() {
		s.mu.Lock() // Close waits for the parts once it has closed the spaces
		defer s.mu.Unlock()
		if !s.closed {
			if s.answered != nil {
				s.parts.Go(s.learn)
			}
			s.parts.Go(s.pull)
			s.parts.Go(s.beat)
		}
	})
	for {
		sp, it, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		if l := s.consider(ctx, sp, it); l != nil {
			return l, nil
		}
	}
}

// next waits for a space that is ready and leases it.
func (s *spaces) next(ctx context.Context) (*space, *item, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		s.mu.Lock()
		switch {
		case s.closed:
			s.mu.Unlock()
			token(s.wake) // for the next who waits
			return nil, nil, inbox.ErrClosed
		case len(s.ready) > 0:
			sp := s.ready[0]
			s.ready = s.ready[1:]
			sp.listed = false
			if len(s.ready) > 0 {
				token(s.wake)
			}
			it := sp.waiting[0]
			sp.leased = it
			s.mu.Unlock()
			return sp, it, nil
		}
		s.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-s.wake:
		}
	}
}

// consider returns a lease of an item if it is its turn and it hasn't been answered, else it looks
// after the space and returns nil.
func (s *Store) consider(ctx context.Context, sp *space, it *item) inbox.Lease {
	head, err := it.seq, error(nil)
	if !s.certain(sp.subject) {
		head, err = s.head(ctx, sp.subject)
	}
	switch {
	case err != nil:
		if ctx.Err() == nil {
			s.log.WithError(err).Warn("can't see whose turn it is in the inbox; I'll try again")
		}
		s.sleep(sp, it, mostLook)
		return nil
	case head < it.seq && head > 0: // another process has an older one, or it waits for its next attempt
		s.sleep(sp, it, 0)
		return nil
	case head != it.seq: // ours is gone: another process ended it
		s.release(sp, it)
		return nil
	}
	s.found(sp.subject, it.seq)
	l := &lease{store: s, space: sp, item: it}
	if err := l.begin(ctx); err != nil {
		s.log.WithError(err).Warn("can't see what has been answered; I'll try again")
		s.sleep(sp, it, mostLook)
		return nil
	}
	if l.record.Done {
		s.log.WithFields(logrus.Fields{"resource": it.notice.Resource, "id": it.notice.ID}).Debug("answered already")
		s.check(l.message().Ack())
		s.release(sp, it)
		return nil
	}
	return l
}

// certain reports whether the first notice of a space that is here is the first there is: nobody else
// has any, and none was given back.
func (s *Store) certain(subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, away := s.away[subject]
	return s.server != nil && !away
}

// lose notes that a notice isn't here any more without being done. The caller holds the lock.
func (s *spaces) lose(subject string, seq uint64) { s.away[subject] = max(s.away[subject], seq) }

// found notes that a notice is the first of its space.
func (s *spaces) found(subject string, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if away, ok := s.away[subject]; ok && seq > away {
		delete(s.away, subject)
	}
}

// head is the place of the first notice of a space in the stream, or 0. The leader of the stream is
// asked, who knows what has been acknowledged.
func (s *Store) head(ctx context.Context, subject string) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	msg, err := s.queue.GetMsg(ctx, 1, js.WithGetMsgSubject(subject))
	if errors.Is(err, js.ErrMsgNotFound) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return msg.Sequence, nil
}

// sleep looks at a space again after a while; 0 is a while that grows with each look. When something
// older than it came meanwhile, that is looked at now.
func (s *spaces) sleep(sp *space, it *item, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp.leased = nil
	if s.closed {
		return
	}
	if len(sp.waiting) > 0 && sp.waiting[0] != it {
		s.rouse(sp)
		return
	}
	if d == 0 && sp.look == mostLook {
		s.letGo(sp)
		return
	}
	if d == 0 {
		sp.look = min(max(2*sp.look, leastLook), mostLook)
		d = sp.look
	}
	var me *time.Timer
	me = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sp.asleep == me && !s.closed {
			sp.asleep = nil
			s.rouse(sp)
		}
	})
	sp.asleep = me
}

// letGo gives a space back whose turn doesn't come: what has to come first may be waiting for hands that
// are full of such. The caller holds the lock.
func (s *spaces) letGo(sp *space) {
	for _, it := range sp.waiting {
		s.lose(sp.subject, it.seq)
		_ = it.msg.NakWithDelay(mostLook) // unheard, it comes back all the same, only later
	}
	s.taken -= len(sp.waiting)
	token(s.freed)
	delete(s.all, sp.subject)
}

// release ends the lease of an item and makes the next one of its space ready.
func (s *spaces) release(sp *space, it *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(sp.waiting, it); i >= 0 {
		sp.waiting = slices.Delete(sp.waiting, i, i+1)
		s.taken--
		token(s.freed)
	}
	sp.leased, sp.look = nil, 0
	if len(sp.waiting) == 0 {
		delete(s.all, sp.subject)
		return
	}
	if !s.closed {
		s.rouse(sp)
	}
}

// close wakes everybody, to go.
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

// giveBack lets others have what is here, at once.
func (s *spaces) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sp := range s.all {
		for _, it := range sp.waiting {
			_ = it.msg.Nak() // unheard, it comes back all the same, only later
		}
	}
	clear(s.all)
}

// beat tells the stream that we still have what we have. What it can't have heard in time isn't ours
// any more: what nobody works on is dropped, the rest is for its lease to find out.
func (s *Store) beat() {
	tick := time.NewTicker(s.o.Silence / 3)
	defer tick.Stop()
	for {
		select {
		case <-s.running.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		for _, sp := range s.all {
			for _, it := range slices.Clone(sp.waiting) {
				if time.Since(it.heard) < s.o.Silence {
					if s.conn.IsConnected() && it.msg.InProgress() == nil {
						it.heard = time.Now()
					}
				} else if it != sp.leased {
					s.lose(sp.subject, it.seq)
					sp.waiting = slices.DeleteFunc(sp.waiting, func(x *item) bool { return x == it })
					s.taken--
					token(s.freed)
				}
			}
			if len(sp.waiting) == 0 && sp.leased == nil {
				s.ready, sp.listed = slices.DeleteFunc(s.ready, func(x *space) bool { return x == sp }), false
				delete(s.all, sp.subject)
			}
		}
		s.mu.Unlock()
	}
}

// check logs what went wrong with the last word about a notice: it comes again, so nothing is lost.
func (s *Store) check(err error) {
	if err != nil {
		s.log.WithError(err).Warn("the inbox didn't hear how a notice ended; it will come again")
	}
}
