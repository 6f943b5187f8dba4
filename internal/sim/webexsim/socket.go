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
	maxWaiting   = 1000 // frames queued for a slow client, before it is disconnected
	writeTimeout = 10 * time.Second
)

// Close codes: RFC 6455, 7.4, and Webex's own from 4000.
const (
	codeGoing        = 1001
	codeUnreadable   = 1003
	codeBroken       = 1006 // the connection ends without a close frame
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
	out    chan []byte // frames to send; nil closes the socket
	done   chan struct{}
	ending sync.Once
	how    atomic.Pointer[websocket.CloseError] // set if the simulation closed it
	ended  chan struct{}                        // closed when how is set

	// Guarded by Sim.mu.
	ready    bool // gets events
	sequence int64
	leaving  bool    // has been sent a shutdown frame
	held     []frame // waits for the next one to overtake it
}

// frame is an event for a socket.
type frame struct {
	data     map[string]any
	headers  map[string]any
	sequence int64 // 0 until it is counted
}

// socketPath is the path of sockets, above registration and messages.
const socketPath = "/mercury-a1/v1/apps/wx2/registrations"

// socket serves the socket of a registration until either side closes it.
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
	status, connected := s.applyFault(w, r, caller, nil)
	if !connected {
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
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // allow pages of any origin
	if err != nil {
		s.log.WithError(err).Debug("Can't open the socket.")
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
	s.deliverers.Add(1) // holding mu, because Close waits
	s.mu.Unlock()
	defer s.deliverers.Done()
	k.record(Entry{Kind: "socket", Event: "opened"})
	k.serve()
}

// serve runs the socket with three goroutines: one reads, one writes, one aborts the connection.
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
	if how := k.how.Load(); how != nil { // closed by the simulation
		e.Code, e.Reason = int(how.Code), how.Reason
	}
	k.record(e)
}

// close closes the socket after the queued frames. Code 1006 aborts the connection at once. Only the
// first call counts.
func (k *socket) close(code int, reason string) {
	k.ending.Do(func() {
		k.how.Store(&websocket.CloseError{Code: websocket.StatusCode(code), Reason: reason})
		close(k.ended)
		if code == codeBroken {
			return
		}
		select {
		case k.out <- nil:
		default: // the queue is full
			_ = k.conn.CloseNow()
		}
	})
}

// read handles the frames of the client. The first one must authorize it.
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
			continue // the client was refused
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
		_ = json.Unmarshal(text, &in) // fields of another type count as missing
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

// authorize checks the token. It closes the socket if the token is wrong.
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

// begin makes the socket ready for events and closes the previous one of its registration.
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
	k.send(frame{data: map[string]any{"eventType": "mercury.buffer_state", "bufferState": map[string]any{}}})
}

// count sets the sequence number of a frame.
func (k *socket) count(f frame) frame {
	k.sequence++
	f.sequence = k.sequence
	return f
}

// send queues a frame and counts it unless it is counted. The caller holds Sim.mu.
func (k *socket) send(f frame) {
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
				_ = k.conn.Close(how.Code, how.Reason) // waits up to 5 s for the client
				return
			}
			// Recorded before it is sent, so that a client with the frame finds the entry.
			k.record(Entry{Kind: "frame", From: "webex", Body: shown("application/json", text)})
			writing, cancel := context.WithTimeout(ctx, writeTimeout)
			err := k.conn.Write(writing, k.sim.frameType(), text)
			cancel()
			if err != nil {
				return // read gets an error, too
			}
		}
	}
}

func (k *socket) record(e Entry) {
	e.At, e.Socket, e.Who = k.sim.now(), k.name, k.owner.Name
	k.sim.record(e)
}

// frameType returns the type of event frames.
func (s *Sim) frameType() websocket.MessageType {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.binaryFrames {
		return websocket.MessageBinary
	}
	return websocket.MessageText
}

func (s *Sim) ignoresPing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return spend(&s.ignoredPings)
}
