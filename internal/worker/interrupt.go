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
	busy     map[string]*busyRoom    // by the event's space
	previews map[string]chat.Content // by the event's key, for its turn
	order    []string                // keys of previews, oldest first
}

// busyRoom is a space for which an event is in work.
type busyRoom struct {
	key     string         // of the event
	working bool           // the handler can be interrupted
	waiting []chat.Content // until it can
}

func newInterrupts(m Messenger, h Handler) *interrupts {
	return &interrupts{messenger: m, handler: h, busy: map[string]*busyRoom{}, previews: map[string]chat.Content{}}
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

// watch sees each event that is put into the inbox. Those of busy spaces are fetched at once.
func (i *interrupts) watch(ctx context.Context, e chat.Event) {
	i.mu.Lock()
	b := i.busy[e.Space()]
	i.mu.Unlock()
	if b == nil || e.Key() == b.key || e.Space() == "" || e.Action != "created" || e.Resource == "memberships" {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(ctx, previewWithin)
		defer cancel()
		soon := retry.Policy{First: 200 * time.Millisecond, Retry: retry.Always} // Webex announces events a moment before they can be read
		c, err := retry.Do(ctx, soon, func(ctx context.Context) (chat.Content, error) { return i.messenger.Fetch(ctx, e) })
		if err == nil && c != nil {
			i.preview(e, c, b)
		}
	}()
}

// preview keeps fetched content for its turn, and interrupts the work for its space, now or as soon as
// that can be interrupted.
func (i *interrupts) preview(e chat.Event, c chat.Content, b *busyRoom) {
	i.mu.Lock()
	if len(i.order) == maxPreviews {
		delete(i.previews, i.order[0])
		i.order = slices.Delete(i.order, 0, 1)
	}
	i.previews[e.Key()] = c
	i.order = append(i.order, e.Key())
	now := b.working
	if !now {
		b.waiting = append(b.waiting, c)
	}
	i.mu.Unlock()
	if now {
		i.handler.Interrupt(c)
	}
}

// take returns the content of an event if it was fetched before its turn.
func (i *interrupts) take(e chat.Event) (chat.Content, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c, ok := i.previews[e.Key()]
	if ok {
		delete(i.previews, e.Key())
		i.order = slices.DeleteFunc(i.order, func(key string) bool { return key == e.Key() })
	}
	return c, ok
}
