package local

import (
	"sync"
	"sync/atomic"
	"time"

	"overwatch/internal/inbox"
)

// job is a change that has to be written.
type job struct {
	writes  []write
	durable bool // done waits for the disk
	// owed is set for what ended an event in work: it isn't dropped when it can't be written, but kept until
	// it can.
	owed bool
	done func(error) // called by the writer once the writes are applied, or not at all; may be nil
}

// jobs is the queue of the writer. Safe for concurrent use.
type jobs struct {
	mu     sync.Mutex
	list   []job
	closed bool
	wake   chan struct{} // has a token when the writer has something to look at

	busySince atomic.Int64 // when the writer began to write, in nanoseconds; 0 while it doesn't
}

// slow is how long a write may take before the disk counts as not responding.
const slow = 2 * time.Second

func newJobs() *jobs { return &jobs{wake: make(chan struct{}, 1)} }

// add appends a job. The order of calls is the order of writing.
func (j *jobs) add(job job) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return inbox.ErrClosed
	}
	j.list = append(j.list, job)
	token(j.wake)
	return nil
}

// take returns all jobs and whether there will be no more. It reuses the room of a list that was written.
func (j *jobs) take(written []job) (list []job, closed bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	list, j.list = j.list, written[:0]
	return list, j.closed
}

func (j *jobs) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	token(j.wake)
}

// stuck reports whether the writer has been at one write for too long.
func (j *jobs) stuck() bool {
	since := j.busySince.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > slow
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
