package webexsim

import (
	"context"
	"encoding/json"
	"errors"
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
	codeGoing        = 1001
	codeUnreadable   = 1003
	codeBroken       = 1006 // no close frame at all
	codePolicy       = 1008
	codeReplaced     = 4000
	codeLeft         = 4001
	codeUnauthorized = 4401
)

// socket is a client's connection.
type socket struct {
	sim    *Sim
	reg    *registration
	name   string // of the registration
	owner  *Person
	conn   *websocket.Conn
	out    chan []byte // nil is the end, after everything that was told before
	done   chan struct{}
	ending sync.Once
	how    atomic.Pointer[websocket.CloseError] // the simulation ended it
	ended  chan struct{}                        // closed with that

	// The simulation's lock guards these.
	ready    bool
	sequence int64
	leaving  bool // was told that it will be closed
	held     []frame
}

// frame is something to tell.
type frame struct {
	data     map[string]any
	headers  map[string]any
	sequence int64 // 0 before it is counted
}

// socket serves the socket of a registration until either side ends it.
func (s *Sim) socket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	i := slices.IndexFunc(s.registrations, func(x *registration) bool { return x.id == r.PathValue("id") })
	var k *socket
	if i >= 0 {
		reg := s.registrations[i]
		k = &socket{
			sim: s, reg: reg, name: reg.name(), owner: reg.owner,
			out: make(chan []byte, maxWaiting), done: make(chan struct{}), ended: make(chan struct{}),
		}
	}
	s.mu.Unlock()
	var caller *Person
	if k != nil {
		caller = k.owner
	}
	status, there := s.suffer(w, r, caller)
	if !there {
		return
	}
	if status == 0 && k == nil {
		status = http.StatusNotFound
	}
	if status != 0 {
		http.Error(w, http.StatusText(status), status)
		s.record(Entry{At: s.now(), Kind: "socket", Event: "refused", Code: status})
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // a page of any origin may try
	if err != nil {
		s.log.WithError(err).Debug("no socket was opened")
		return
	}
	k.conn = conn
	s.mu.Lock()
	if s.running.Err() != nil {
		s.mu.Unlock()
		_ = conn.CloseNow()
		return
	}
	s.opened = append(s.opened, k)
	s.deliverers.Add(1) // under the lock, since Close waits
	s.mu.Unlock()
	defer s.deliverers.Done()
	k.record(Entry{Kind: "socket", Event: "opened"})
	k.serve()
}

// serve runs a socket: one goroutine reads, one writes, one cuts it off.
func (k *socket) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { k.write(ctx) })
	parts.Go(func() {
		select {
		case <-k.ended:
			if k.how.Load().Code == codeBroken {
				_ = k.conn.CloseNow()
			}
		case <-ctx.Done():
		}
	})
	err := k.read(ctx)
	cancel()
	close(k.done)
	k.sim.mu.Lock()
	k.sim.opened = slices.DeleteFunc(k.sim.opened, func(x *socket) bool { return x == k })
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

// close ends the socket after what was told already; only the first time counts. The code 1006 just
// cuts it off.
func (k *socket) close(code int, reason string) {
	k.ending.Do(func() {
		k.how.Store(&websocket.CloseError{Code: websocket.StatusCode(code), Reason: reason})
		close(k.ended)
		if code == codeBroken {
			return
		}
		select {
		case k.out <- nil:
		default: // it doesn't even read what it was told
			_ = k.conn.CloseNow()
		}
	})
}

// read deals with what the client sends, first of all who it is.
func (k *socket) read(ctx context.Context) error {
	late := time.AfterFunc(k.sim.authTimeout, func() { k.close(codePolicy, "not authorized in time") })
	defer late.Stop()
	for authorized := false; ; {
		_, text, err := k.conn.Read(ctx)
		if err != nil {
			return err
		}
		k.record(Entry{Kind: "frame", From: "client", Body: shown("application/json", text)})
		select {
		case <-k.ended:
			continue // whoever was refused isn't heard any more
		default:
		}
		var in struct {
			ID   string `json:"id"`
			Type string `json:"type"`
			Data struct {
				Token string `json:"token"`
			} `json:"data"`
		}
		if !json.Valid(text) {
			k.close(codeUnreadable, "not JSON")
			continue
		}
		_ = json.Unmarshal(text, &in) // members of other types are as good as missing
		switch {
		case !authorized && in.Type == "authorization":
			if authorized = k.authorize(in.Data.Token); authorized {
				late.Stop()
				k.begin()
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
func (k *socket) begin() {
	s := k.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running.Err() != nil:
		k.close(codeGoing, "the simulation ends")
		return
	case !slices.Contains(s.registrations, k.reg):
		k.close(codeGoing, "the registration is gone")
		return
	case spend(&s.neverReady):
		return
	}
	for _, old := range s.opened {
		if old.reg != k.reg || !old.ready {
			continue
		}
		code, reason := codeReplaced, "replaced"
		if old.leaving {
			code, reason = codeLeft, "replaced during shutdown"
		}
		old.ready = false
		old.close(code, reason)
	}
	k.ready = true
	k.tell(frame{data: map[string]any{"eventType": "mercury.buffer_state", "bufferState": map[string]any{}}})
}

// count gives a frame its place in the sequence.
func (k *socket) count(f frame) frame {
	k.sequence++
	f.sequence = k.sequence
	return f
}

// tell queues a frame, counted if it isn't yet. The caller holds the simulation's lock.
func (k *socket) tell(f frame) {
	if f.sequence == 0 {
		f = k.count(f)
	}
	if f.headers == nil {
		f.headers = map[string]any{}
	}
	k.push(compact(map[string]any{
		"id": uuid.NewString(), "data": f.data, "timestamp": k.sim.now().UnixMilli(), "trackingId": "webexsim_" + uuid.NewString(),
		"alertType": "none", "headers": f.headers, "sequenceNumber": f.sequence, "filterMessage": false,
	}))
}

func (k *socket) push(text []byte) {
	select {
	case <-k.ended:
		return
	default:
	}
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
			if text == nil {
				how := k.how.Load()
				_ = k.conn.Close(how.Code, how.Reason) // gives the other side five seconds
				return
			}
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
	for _, k := range s.opened {
		if !k.ready || !e.reaches(k.owner) {
			continue
		}
		for _, a := range s.activities(e, k.owner) {
			s.tellSocket(k, frame{data: map[string]any{"eventType": "conversation.activity", "activity": a}})
		}
	}
}

func (s *Sim) tellSocket(k *socket, f frame) {
	f = k.count(f)
	s.post.mu.Lock()
	if spend(&s.post.lost) {
		s.post.mu.Unlock()
		return
	}
	if spend(&s.post.odd) {
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
	return frame{
		data: map[string]any{"eventType": f.data["eventType"], "activity": wrong}, headers: map[string]any{"activity.verb": a["verb"]}, sequence: f.sequence,
	}
}

func (s *Sim) ignoresPing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return spend(&s.ignoredPings)
}

// each does something with every socket, those that aren't ready too, and returns how many there are.
func (s *Sim) each(do func(*socket)) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.opened {
		do(k)
	}
	return len(s.opened)
}

// CloseSockets closes every socket and returns how many there were. The code 1006 just cuts them off.
func (s *Sim) CloseSockets(code int, reason string) int {
	return s.each(func(k *socket) { k.ready = false; k.close(code, reason) })
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
func (s *Sim) SendUnknownEvent() int {
	return s.each(func(k *socket) {
		k.tell(frame{data: map[string]any{"eventType": "apheleia.subscription_update", "subject": stamp(s.now())}})
	})
}

// LoseFrames drops the next n frames, which leaves a gap in the sequence.
func (s *Sim) LoseFrames(n int) { s.post.ask(&s.post.lost, n) }

// OverrideFrames makes the next n frames say something wrong, and what is right in their headers.
func (s *Sim) OverrideFrames(n int) { s.post.ask(&s.post.odd, n) }

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
