package webexsim

import (
	"time"
)

// shutdownGrace is the time between a shutdown frame and closing the socket.
const shutdownGrace = 10 * time.Second

// each calls do for every open socket, ready or not, and returns their number.
func (s *Sim) each(do func(*socket)) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.opened {
		do(k)
	}
	return len(s.opened)
}

// CloseSockets closes every socket and returns their number. Code 1006 aborts the connections.
func (s *Sim) CloseSockets(code int, reason string) int {
	return s.each(func(k *socket) { k.ready = false; k.close(code, reason) })
}

// ShutdownSockets announces to every socket that it will be closed, and returns their number. A socket
// is closed when its registration opens another one, at the latest after ten seconds.
func (s *Sim) ShutdownSockets() int {
	return s.each(func(k *socket) {
		k.leaving = true
		k.push([]byte(`{"type":"shutdown"}`))
		s.deliverers.Go(func() {
			select {
			case <-k.done:
			case <-s.running.Done():
			case <-time.After(shutdownGrace):
				k.close(codeLeft, "shutdown")
			}
		})
	})
}

// SendUnknownEvent sends every socket an event that clients must ignore, and returns their number.
func (s *Sim) SendUnknownEvent() int {
	return s.each(func(k *socket) {
		k.send(frame{data: map[string]any{"eventType": "apheleia.subscription_update", "subject": stamp(s.now())}})
	})
}

// LoseFrames drops the next n event frames, which leaves a gap in the sequence numbers.
func (s *Sim) LoseFrames(n int) { s.post.add(&s.post.lost, n) }

// OverrideFrames sends the next n events with a wrong verb that their headers correct.
func (s *Sim) OverrideFrames(n int) { s.post.add(&s.post.overridden, n) }

// IgnorePings leaves the next n pings of clients unanswered.
func (s *Sim) IgnorePings(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ignoredPings += n
}

// NeverReady accepts the next n sockets but never makes them ready.
func (s *Sim) NeverReady(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.neverReady += n
}

// AllowRawTokens sets whether authorization frames may lack Bearer.
func (s *Sim) AllowRawTokens(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rawTokens = yes
}

// ForgetRegistrations removes every registration, as Webex does with those unused for days. Open sockets
// stay open, but no new ones can be opened.
func (s *Sim) ForgetRegistrations() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.registrations = nil
}

// CapRegistrations limits the registrations of an account to n.
func (s *Sim) CapRegistrations(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
}

// SendBinaryFrames sets whether frames are binary, as for clients that don't request text.
func (s *Sim) SendBinaryFrames(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.binaryFrames = yes
}
