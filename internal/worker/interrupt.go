package worker

import (
	"context"
	"slices"
	"sync"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/retry"
)

const (
	previewWithin = 10 * time.Second // to fetch the content of an event before its turn
	maxPreviews   = 256              // contents that are kept until their turn
)

// interrupts hands content that arrives in a busy space to the handler before its turn: a cancel can't
// wait until the work that it cancels is over. Safe for concurrent use.
type interrupts struct {
	messenger Messenger
	handler   Handler

	mu       sync.Mutex
	busy     map[string]*busyRoom // by the event's space
	previews map[string]*preview  // by the event's key, for its turn
	order    []string             // keys of previews, oldest first
}

// preview is the content of an event that is fetched before its turn. The lock of interrupts guards it.
type preview struct {
	fetching bool // a request is under way
	taken    bool // its turn has come
	cancel   context.CancelFunc
	done     chan struct{} // closed when nothing is fetched any more
	fetched  bool
	content  chat.Content
}

// busyRoom is a space for which an event is in work.
type busyRoom struct {
	key     string         // of the event
	working bool           // the handler can be interrupted
	waiting []chat.Content // until it can
}

func newInterrupts(m Messenger, h Handler) *interrupts {
	return &interrupts{messenger: m, handler: h, busy: map[string]*busyRoom{}, previews: map[string]*preview{}}
}

// begin says that an event is in work, until the returned function is called.
func (i *interrupts) begin(e chat.Event) (end func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := &busyRoom{key: e.Key()}
	i.busy[e.Space()] = b
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.busy[e.Space()] == b {
			delete(i.busy, e.Space())
		}
	}
}

// working says that the work for a space can be interrupted from now on, and hands over what arrived
// before.
func (i *interrupts) working(space string) {
	i.mu.Lock()
	var waiting []chat.Content
	if b := i.busy[space]; b != nil {
		b.working, waiting, b.waiting = true, b.waiting, nil
	}
	i.mu.Unlock()
	for _, c := range waiting {
		i.handler.Interrupt(c)
	}
}

// watch sees each event that is put into the inbox. Those of busy spaces are fetched at once, until ctx
// ends.
func (i *interrupts) watch(ctx context.Context, e chat.Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.busy[e.Space()]
	if b == nil || e.Key() == b.key || e.Space() == "" || e.Action != "created" || e.Resource == "memberships" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, previewWithin)
	p := &preview{fetching: true, cancel: cancel, done: make(chan struct{})}
	if len(i.order) == maxPreviews {
		delete(i.previews, i.order[0])
		i.order = slices.Delete(i.order, 0, 1)
	}
	i.previews[e.Key()] = p
	i.order = append(i.order, e.Key())
	go func() {
		defer cancel()
		i.fetch(ctx, e, p)
		i.hand(e, p, b)
	}()
}

// fetch fetches a preview, with more attempts until its turn has come.
func (i *interrupts) fetch(ctx context.Context, e chat.Event, p *preview) {
	policy := retry.Policy{ // Webex announces events a moment before they can be read
		First: 200 * time.Millisecond,
		Retry: func(error) bool {
			i.mu.Lock()
			defer i.mu.Unlock()
			p.fetching = false
			return !p.taken
		},
	}
	c, err := retry.Do(ctx, policy, func(ctx context.Context) (chat.Content, error) {
		i.mu.Lock()
		p.fetching = true
		i.mu.Unlock()
		return i.messenger.Fetch(ctx, e)
	})
	i.mu.Lock()
	defer i.mu.Unlock()
	p.content, p.fetched = c, err == nil
	close(p.done)
}

// hand interrupts the work for a space with a preview, now or as soon as that can be interrupted.
func (i *interrupts) hand(e chat.Event, p *preview, b *busyRoom) {
	i.mu.Lock()
	c, now := p.content, b.working
	switch {
	case c == nil, i.busy[e.Space()] != b: // nothing to hand, or the work is over
		now = false
	case !now:
		b.waiting = append(b.waiting, c)
	}
	i.mu.Unlock()
	if now {
		i.handler.Interrupt(c)
	}
}

// take returns the content of an event if it was fetched before its turn. It waits for a request that is
// under way.
func (i *interrupts) take(ctx context.Context, e chat.Event) (chat.Content, bool) {
	i.mu.Lock()
	p := i.previews[e.Key()]
	if p == nil {
		i.mu.Unlock()
		return nil, false
	}
	delete(i.previews, e.Key())
	i.order = slices.DeleteFunc(i.order, func(key string) bool { return key == e.Key() })
	p.taken = true
	if !p.fetching {
		p.cancel() // it waits for another attempt
	}
	i.mu.Unlock()
	select {
	case <-p.done:
		return p.content, p.fetched
	case <-ctx.Done():
		return nil, false
	}
}
