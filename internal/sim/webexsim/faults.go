package webexsim

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/sim/delay"
)

// Fault makes calls fail.
type Fault struct {
	Who        string        // the email of whose calls it is for; anybody's when empty
	Method     string        // of the calls it is for; any when empty
	Path       string        // how their path begins, such as /v1/messages; any when empty
	Status     int           // to answer with; 0 answers rightly after Delay
	RetryAfter time.Duration // whole seconds
	Delay      time.Duration // before the answer
	Times      int           // how many calls; 0 is one
}

// Fail makes coming calls fail. Faults are used up in their order.
func (s *Sim) Fail(f Fault) {
	f.Times = max(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// fault takes one use of the first fault that is for r, or returns nil. Without a caller it is who the
// token belongs to.
func (s *Sim) fault(r *http.Request, caller *Person) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if caller == nil {
		caller = s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	}
	for i, f := range s.faults {
		if f.Who != "" && (caller == nil || caller.Email != f.Who) {
			continue
		}
		if (f.Method != "" && f.Method != r.Method) || !strings.HasPrefix(r.URL.Path, f.Path) {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		used := *f
		return &used
	}
	return nil
}

// suffer lets a call have the fault that is for it, if there is one. It returns the status to answer
// with, 0 for the right one, and whether the caller is still there.
func (s *Sim) suffer(w http.ResponseWriter, r *http.Request, caller *Person) (status int, there bool) {
	f := s.fault(r, caller)
	if f == nil {
		return 0, true
	}
	if !delay.For(r.Context(), f.Delay) {
		return 0, false
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	return f.Status, true
}
