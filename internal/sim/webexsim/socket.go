package webexsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
)

const (
	maxWaiting    = 1000 // frames that wait for a slow client, who is cut off then
	writeTimeout  = 10 * time.Second
	shutdownGrace = 10 * time.Second // between a shutdown frame and the end
)

// Close codes (RFC 6455, 7.4, and Webex's own from 4000).
const (
	codeBroken       = 1006 // no close frame at all
	codePolicy       = 1008
	codeReplaced     = 4000
	codeLeft         = 4001
	codeUnauthorized = 4401
)

// socket is a client's connection.
type socket struct {
	sim    *Sim
	name   string // of the registration
	owner  *Person
	conn   *websocket.Conn
	out    chan []byte
	done   chan struct{} // closed when it ended
	ending sync.Once
	how    atomic.Pointer[websocket.CloseError] // the simulation ended it
	ended  chan struct{}                        // closed with that

	// The simulation's lock guards these.
	sequence int64
	leaving  bool // was told that it will be closed
	held     []frame
}

// frame is something to tell, before it is counted.
type frame struct {
	data    map[string]any
	headers map[string]any
}

// socket serves the socket of a registration until either side ends it.
func (s *Sim) socket(w http.ResponseWriter, r *http.Request) {
	if f := s.fault(r); f != nil {
		if !pause(r.Context(), f.Delay) {
			return
		}
		if f.Status != 0 {
			w.WriteHeader(f.Status)
			return
		}
	}
	s.mu.Lock()
	var reg *registration
	for _, x := range s.registrations {
		if x.id == r.PathValue("id") {
			reg = x
		}
	}
	closed := s.running.Err() != nil
	if reg != nil && !closed {
		s.deliverers.Add(1) // under the lock, since Close waits
		defer s.deliverers.Done()
	}
	s.mu.Unlock()
	if reg == nil || closed {
		http.Error(w, "no such registration", http.StatusNotFound)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // a page of any origin may try
	if err != nil {
		s.log.WithError(err).Debug("no socket was opened")
		return
	}
	k := &socket{
		sim: s, name: reg.name(), owner: reg.owner, conn: conn,
		out: make(chan []byte, maxWaiting), done: make(chan struct{}), ended: make(chan struct{}),
	}
	k.record(Entry{Kind: "socket", Event: "opened"})
	k.serve(reg)
}

// serve runs a socket: one goroutine reads, one writes, one ends it.
func (k *socket) serve(reg *registration) {
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { k.write(ctx) })
	parts.Go(func() {
		select {
		case <-k.ended:
			if how := k.how.Load(); how.Code == codeBroken {
				_ = k.conn.CloseNow()
			} else {
				_ = k.conn.Close(how.Code, how.Reason) // gives the other side five seconds
			}
		case <-ctx.Done():
		}
	})
	err := k.read(ctx, reg)
	cancel()
	close(k.done)
	k.sim.mu.Lock()
	if reg.socket == k {
		reg.socket = nil
		k.sim.orphans = slices.DeleteFunc(k.sim.orphans, func(r *registration) bool { return r == reg })
	}
	k.sim.mu.Unlock()
	parts.Wait()
	_ = k.conn.CloseNow()
	e := Entry{Kind: "socket", Event: "closed", Code: codeBroken}
	var end websocket.CloseError
	if errors.As(err, &end) {
		e.Code, e.Reason = int(end.Code), end.Reason
	}
	if how := k.how.Load(); how != nil { // it was us
		e.Code, e.Reason = int(how.Code), how.Reason
	}
	k.record(e)
}

// close ends the socket; only the first time counts.
func (k *socket) close(code int, reason string) {
	k.ending.Do(func() {
		how := websocket.CloseError{Code: websocket.StatusCode(code), Reason: reason}
		k.how.Store(&how)
		close(k.ended)
	})
}

// read deals with what the client sends, first of all who it is.
func (k *socket) read(ctx context.Context, reg *registration) error {
	late := time.AfterFunc(k.sim.authTimeout, func() { k.close(codePolicy, "not authorized in time") })
	defer late.Stop()
	for authorized := false; ; {
		_, text, err := k.conn.Read(ctx)
		if err != nil {
			return err
		}
		k.record(Entry{Kind: "frame", From: "client", Body: shown("application/json", text)})
		var in struct {
			ID   string `json:"id"`
			Type string `json:"type"`
			Data struct {
				Token string `json:"token"`
			} `json:"data"`
		}
		if err := json.Unmarshal(text, &in); err != nil {
			k.close(1003, "not JSON")
			continue
		}
		switch {
		case !authorized && in.Type == "authorization":
			if authorized = k.authorize(in.Data.Token); authorized {
				late.Stop()
				k.begin(reg)
			}
		case !authorized:
			k.close(codePolicy, "not authorized")
		case in.Type == "ping" && !k.sim.ignoresPing():
			k.push(compact(map[string]string{"id": in.ID, "type": "pong"}))
		}
	}
}

// authorize checks the token, and says no with a close code.
func (k *socket) authorize(token string) bool {
	k.sim.mu.Lock()
	defer k.sim.mu.Unlock()
	bare, bearer := strings.CutPrefix(token, "Bearer ")
	switch {
	case !bearer && !k.sim.rawTokens:
		k.close(codePolicy, "the token lacks Bearer")
	case k.sim.tokens[bare] != k.owner:
		k.close(codeUnauthorized, "the token isn't valid")
	default:
		return true
	}
	return false
}

// begin says that everything comes through this socket from now on.
func (k *socket) begin(reg *registration) {
	s := k.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.neverReady > 0 {
		s.neverReady--
		return
	}
	if old := reg.socket; old != nil {
		code, reason := codeReplaced, "replaced"
		if old.leaving {
			code, reason = codeLeft, "replaced during shutdown"
		}
		old.close(code, reason)
	}
	reg.socket = k
	k.tell(frame{data: map[string]any{"eventType": "mercury.buffer_state", "bufferState": map[string]any{}}})
}

// tell counts a frame and queues it. The caller holds the simulation's lock.
func (k *socket) tell(f frame) {
	k.sequence++
	if f.headers == nil {
		f.headers = map[string]any{}
	}
	k.push(compact(map[string]any{
		"id": uuid.NewString(), "data": f.data, "timestamp": k.sim.now().UnixMilli(), "trackingId": "webexsim_" + uuid.NewString(),
		"alertType": "none", "headers": f.headers, "sequenceNumber": k.sequence, "filterMessage": false,
	}))
}

func (k *socket) push(text []byte) {
	select {
	case k.out <- text:
	default:
		k.close(codeBroken, "too slow")
	}
}

func (k *socket) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case text := <-k.out:
			// Recorded before: who has the frame finds the entry.
			k.record(Entry{Kind: "frame", From: "webex", Body: shown("application/json", text)})
			writing, cancel := context.WithTimeout(ctx, writeTimeout)
			err := k.conn.Write(writing, websocket.MessageText, text)
			cancel()
			if err != nil {
				return // whoever reads is told the same
			}
		}
	}
}

func (k *socket) record(e Entry) {
	e.At, e.Socket, e.Who = k.sim.now(), k.name, k.owner.Name
	k.sim.record(e)
}

// tellSockets tells of an event to every socket of those who may know. The caller holds the lock.
func (s *Sim) tellSockets(e event) {
	for _, k := range s.sockets(nil) {
		if !e.reaches(k.owner) {
			continue
		}
		for _, a := range s.activities(e, k.owner) {
			s.tellSocket(k, frame{data: map[string]any{"eventType": "conversation.activity", "activity": a}})
		}
	}
}

func (s *Sim) tellSocket(k *socket, f frame) {
	s.post.mu.Lock()
	if s.post.lost > 0 {
		s.post.lost--
		s.post.mu.Unlock()
		k.sequence++
		return
	}
	if s.post.odd > 0 {
		s.post.odd--
		f = overridden(f)
	}
	frames := spread(&s.post, &k.held, f)
	s.post.mu.Unlock()
	for _, f := range frames {
		k.tell(f)
	}
}

// overridden is a frame whose verb is wrong and stands rightly in its headers.
func overridden(f frame) frame {
	a, _ := f.data["activity"].(map[string]any)
	wrong := map[string]any{}
	for k, v := range a {
		wrong[k] = v
	}
	wrong["verb"] = "acknowledge"
	return frame{data: map[string]any{"eventType": f.data["eventType"], "activity": wrong}, headers: map[string]any{"activity.verb": a["verb"]}}
}

// sockets are those that are ready, of somebody or, with nil, of everybody. The caller holds the lock.
func (s *Sim) sockets(of *Person) (all []*socket) {
	for _, list := range [][]*registration{s.registrations, s.orphans} {
		for _, r := range list {
			if r.socket != nil && (of == nil || r.owner == of) {
				all = append(all, r.socket)
			}
		}
	}
	return all
}

func (s *Sim) ignoresPing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ignoredPings == 0 {
		return false
	}
	s.ignoredPings--
	return true
}

// each does something with every socket that is ready and returns how many there are.
func (s *Sim) each(do func(*socket)) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.sockets(nil)
	for _, k := range all {
		do(k)
	}
	return len(all)
}

// CloseSockets closes every socket and returns how many there were. The code 1006 just cuts them off.
func (s *Sim) CloseSockets(code int, reason string) int {
	return s.each(func(k *socket) { k.close(code, reason) })
}

// ShutdownSockets tells every socket that it will be closed, which it is when its registration opens
// another one, or after ten seconds.
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

// SendUnknown sends every socket an event of a kind that nobody needs to know.
func (s *Sim) SendUnknown() int {
	return s.each(func(k *socket) {
		k.tell(frame{data: map[string]any{"eventType": "apheleia.subscription_update", "subject": fmt.Sprint(time.Now().Unix())}})
	})
}

// LoseFrames drops the next n frames, which leaves a gap in the sequence.
func (s *Sim) LoseFrames(n int) {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.lost += n
}

// OverrideFrames makes the next n frames say something wrong, and what is right in their headers.
func (s *Sim) OverrideFrames(n int) {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.odd += n
}

// IgnorePings leaves the next n pings of clients without a pong.
func (s *Sim) IgnorePings(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ignoredPings += n
}

// NeverReady accepts the next n sockets and then tells them nothing.
func (s *Sim) NeverReady(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.neverReady += n
}

// AllowRawTokens takes authorization frames without Bearer as well.
func (s *Sim) AllowRawTokens(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rawTokens = yes
}
