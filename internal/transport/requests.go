package transport

import "sync"

// requests count how often a catch-up was requested and how many of the requests were served.
type requests struct {
	token chan struct{} // there while a request waits

	mu           sync.Mutex
	made, served int
}

func (q *requests) add() {
	q.mu.Lock()
	q.made++
	q.mu.Unlock()
	select {
	case q.token <- struct{}{}:
	default:
	}
}

func (q *requests) number() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.made
}

func (q *requests) serve(number int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.served = number
}

func (q *requests) pending() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.made != q.served
}
