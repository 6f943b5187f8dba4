// Package journal distributes the entries of a simulator to watchers, in order. A slow watcher doesn't slow
// down the simulator. Only simulators may import it.
package journal

import (
	"slices"
	"sync"
)

const (
	kept      = 500    // entries that Recent returns
	maxBehind = 10_000 // queued entries of a watcher, before it loses the oldest
)

// Journal is a sequence of entries. The zero value is empty. Safe for concurrent use. Call Close in the end.
type Journal[T any] struct {
	mu       sync.Mutex
	seq      int64
	recent   []T
	watchers []*watcher[T]
}

type watcher[T any] struct {
	mu     sync.Mutex
	more   *sync.Cond
	queue  []T
	closed bool
	done   chan struct{}
}

// Add appends the entry that make returns for the next sequence number. The first one is 1.
func (j *Journal[T]) Add(make func(seq int64) T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e := make(j.seq)
	j.recent = append(j.recent, e)
	if len(j.recent) > 2*kept {
		j.recent = slices.Clone(j.recent[len(j.recent)-kept:])
	}
	for _, w := range j.watchers {
		w.mu.Lock()
		if w.queue = append(w.queue, e); len(w.queue) > maxBehind {
			w.queue = w.queue[1:]
		}
		w.mu.Unlock()
		w.more.Signal()
	}
}

// Recent returns the last 500 entries, oldest first.
func (j *Journal[T]) Recent() []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.recent[max(0, len(j.recent)-kept):])
}

// Watch calls see with every entry from now on, in order, one at a time. stop returns once see won't be
// called any more; see must not call it.
func (j *Journal[T]) Watch(see func(T)) (stop func()) {
	w := &watcher[T]{done: make(chan struct{})}
	w.more = sync.NewCond(&w.mu)
	j.mu.Lock()
	j.watchers = append(j.watchers, w)
	j.mu.Unlock()
	go w.run(see)
	return sync.OnceFunc(func() {
		j.mu.Lock()
		j.watchers = slices.DeleteFunc(j.watchers, func(x *watcher[T]) bool { return x == w })
		j.mu.Unlock()
		w.close()
	})
}

// Close stops every watcher.
func (j *Journal[T]) Close() {
	j.mu.Lock()
	watchers := j.watchers
	j.watchers = nil
	j.mu.Unlock()
	for _, w := range watchers {
		w.close()
	}
}

func (w *watcher[T]) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.more.Signal()
	<-w.done
}

func (w *watcher[T]) run(see func(T)) {
	defer close(w.done)
	for {
		w.mu.Lock()
		for len(w.queue) == 0 && !w.closed {
			w.more.Wait()
		}
		if w.closed {
			w.mu.Unlock()
			return
		}
		entries := w.queue
		w.queue = nil
		w.mu.Unlock()
		for _, e := range entries {
			see(e)
		}
	}
}
