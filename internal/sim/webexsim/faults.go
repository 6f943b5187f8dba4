package webexsim

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/sim/delay"
)

// Fault makes API calls fail. Empty conditions match every call.
type Fault struct {
	Who    string // email of the caller
	Method string
	Path   string // prefix, such as /v1/messages
	Card   bool   // only calls that send a card

	Status     int           // of the answer; 0 answers correctly after Delay
	RetryAfter time.Duration // sent in whole seconds
	Delay      time.Duration // before the answer
	Times      int           // number of calls; 0 means 1
}

// Fail injects a fault into coming calls. Of several faults a call meets the oldest that matches.
func (s *Sim) Fail(f Fault) {
	f.Times = max(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// EndFaults ends the faults that are left.
func (s *Sim) EndFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault uses up one of the first fault that matches, or returns nil. The caller of the API is taken
// from the token if it isn't given.
func (s *Sim) fault(r *http.Request, caller *Person, body []byte) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if caller == nil {
		caller = s.bearer(r)
	}
	for i, f := range s.faults {
		if f.Who != "" && (caller == nil || caller.Email != f.Who) {
			continue
		}
		if (f.Method != "" && f.Method != r.Method) || !strings.HasPrefix(r.URL.Path, f.Path) || (f.Card && !bytes.Contains(body, []byte(cardType))) {
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

// applyFault applies the fault that matches a call. It returns the status to answer with, 0 for the
// correct one, and whether the client is still connected.
func (s *Sim) applyFault(w http.ResponseWriter, r *http.Request, caller *Person, body []byte) (status int, connected bool) {
	f := s.fault(r, caller, body)
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
