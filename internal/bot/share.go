package bot

import "sync"

// shares are the runs in progress. People who ask for the same result at the same time share one run, so
// that a crowd waits about as long as one person and a device is queried once. Safe for concurrent use.
type shares struct {
	mu    sync.Mutex
	byKey map[string]*share // by the key of the run
}

// share is a run in progress, and its result once done is closed.
type share struct {
	done      chan struct{}
	packed    []byte // the whole result; nil where it is too large to keep
	err       error  // why there is no result
	cancelled bool   // the person who began the run cancelled it
}

// join returns the run in progress with a key. If there is none, it begins one; begun is true and the caller
// must call end.
func (s *shares) join(key string) (sh *share, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh := s.byKey[key]; sh != nil {
		return sh, false
	}
	sh = &share{done: make(chan struct{})}
	s.byKey[key] = sh
	return sh, true
}

// end hands the result of a run to everybody who waits for it.
func (s *shares) end(key string, sh *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byKey, key)
	close(sh.done)
}
