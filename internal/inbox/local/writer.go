package local

import (
	"sync"
	"sync/atomic"
	"time"

	"overwatch/internal/inbox"
)

// job is a change that has to be written, and then synced.
type job struct {
	writes  []write
	durable bool    // done waits for the disk
	engine  *engine // that has the writes, once they are written
	// owed is set for what ended an event in work: it isn't dropped when it can't be written, but kept until
	// it can.
	owed bool
	done func(error) // called once the writes are written, or can't be; may be nil
}

// jobs is the queue of the writer or of the syncer. Safe for concurrent use.
type jobs struct {
	mu     sync.Mutex
	list   []job
	closed bool
	wake   chan struct{} // has a token when there is something to look at

	busySince atomic.Int64 // when the write or sync in progress began, in nanoseconds; 0 while there is none
}

// slow is how long a write or sync may take before the disk counts as not responding.
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

// timed calls do and notes since when it runs.
func (j *jobs) timed(do func() error) error {
	j.busySince.Store(time.Now().UnixNano())
	defer j.busySince.Store(0)
	return do()
}

// stuck reports whether what is timed has been running for too long.
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
