package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"

	"overwatch/internal/fault"
)

const (
	pingEvery  = 15 * time.Second // as Webex's own clients do; a pong has to come before the next ping
	readiness  = 2                // times that until a socket is ready
	sendWithin = 10 * time.Second
	maxFrame   = 1 << 20 // bytes
)

// Close codes of Webex's own, beside those of RFC 6455, 7.4.
const (
	CodeReplaced      = 4000 // another socket of the same registration was opened
	CodeReplacedClean = 4001 // the same, after a shutdown frame
	CodeUnauthorized  = 4401 // the token isn't valid
)

// Socket is a connection through which Webex tells what happens. One goroutine reads; the rest may be
// used by many. Close it in the end.
type Socket struct {
	conn *websocket.Conn
	ping time.Duration // between pings
	stop context.CancelFunc
	live sync.WaitGroup

	mu    sync.Mutex
	asked string // the id of the ping that waits for its pong
	pong  chan struct{}
}

// Closed is the end of a socket.
type Closed struct {
	Code   int // 1006 when it just broke off
	Reason string
}

// Error says how it ended.
func (e *Closed) Error() string { return fmt.Sprintf("the socket was closed: %d %s", e.Code, e.Reason) }

// OpenSocket opens the socket of a registration, says who we are, and waits until Webex says that
// everything comes through it, 30 s at most. The error is NotFound when the registration is gone and
// Denied when the token is refused.
func (c *Client) OpenSocket(ctx context.Context, s Services, r Registration) (*Socket, error) {
	at, err := url.Parse(r.SocketURL)
	if err != nil || (at.Scheme != "wss" && (at.Scheme != "ws" || s.registrations.Scheme != "http")) {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "Webex named a socket that can't be opened safely.", Cause: err}
	}
	query := at.Query()
	for k, v := range map[string]string{"outboundWireFormat": "text", "bufferStates": "true", "aliasHttpStatus": "true"} {
		query.Set(k, v)
	}
	at.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(ctx, readiness*c.ping)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, at.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     c.transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader: http.Header{"User-Agent": {c.agent}},
	})
	if err != nil {
		return nil, unopened(ctx, at.Host, resp, err)
	}
	conn.SetReadLimit(maxFrame)
	running, stop := context.WithCancel(context.Background())
	k := &Socket{conn: conn, ping: c.ping, stop: stop, pong: make(chan struct{}, 1)}
	if err := k.begin(ctx, "Bearer "+c.token.Reveal()); err != nil {
		k.Close()
		var closed *Closed
		switch {
		case errors.As(err, &closed) && (closed.Code == CodeUnauthorized || closed.Code == int(websocket.StatusPolicyViolation)):
			return nil, tokenRefused(err)
		case ctx.Err() != nil:
			return nil, &fault.Error{Kind: fault.Timeout, Message: "The socket to Webex didn't get ready in time.", Cause: err}
		}
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "The socket to Webex didn't get ready.", Cause: err}
	}
	k.live.Go(func() { k.keepAlive(running) })
	return k, nil
}

// unopened makes a fault of a socket that couldn't be opened.
func unopened(ctx context.Context, host string, resp *http.Response, err error) error {
	switch {
	case resp == nil || resp.StatusCode == http.StatusSwitchingProtocols:
		return unreachable(ctx, host, err)
	case resp.StatusCode == http.StatusNotFound:
		return &fault.Error{Kind: fault.NotFound, Message: "Webex has forgotten the registration of the socket.", Cause: err}
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return proxyRefused("A proxy", resp.StatusCode)
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return &fault.Error{
			Kind: fault.Unavailable, Message: fmt.Sprintf("Something on the way to %s doesn't let a WebSocket through (status %d).", host, resp.StatusCode),
			Hint: "Ask whoever runs the firewall or proxy to allow WebSockets to it.", Cause: err,
		}
	}
	return &fault.Error{
		Kind: fault.Unavailable, Message: fmt.Sprintf("Webex doesn't open a socket now (status %d).", resp.StatusCode),
		After: retryAfter(resp.Header.Get("Retry-After"), 0), Cause: err,
	}
}

// begin says who we are and waits until everything comes through the socket.
func (k *Socket) begin(ctx context.Context, authorization string) error {
	err := k.send(ctx, map[string]any{
		"id": uuid.NewString(), "type": "authorization", "trackingId": "overwatch_" + uuid.NewString(),
		"data": map[string]string{"token": authorization},
	})
	for err == nil {
		var f Frame
		if f, err = k.Next(ctx); f.Ready {
			return k.Ack(ctx, f)
		}
	}
	return err
}

// Next returns the next frame that isn't part of keeping the socket alive. The error is a *Closed
// when the socket was closed, and ctx's own when that ended first, after which the socket is useless.
// What can't be read is skipped, since the next frame may be fine.
func (k *Socket) Next(ctx context.Context) (Frame, error) {
	for {
		kind, text, err := k.conn.Read(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return Frame{}, ctx.Err()
			}
			return Frame{}, closed(err)
		}
		f, err := ParseFrame(text)
		switch {
		case err != nil || kind != websocket.MessageText:
			continue
		case f.Type == "pong":
			k.heard(f.ID)
			continue
		}
		return f, nil
	}
}

func closed(err error) error {
	var end websocket.CloseError
	if errors.As(err, &end) {
		return &Closed{Code: int(end.Code), Reason: end.Reason}
	}
	return &Closed{Code: int(websocket.StatusAbnormalClosure), Reason: err.Error()}
}

// Ack says that a frame was taken care of. One without an id needs no ack.
func (k *Socket) Ack(ctx context.Context, f Frame) error {
	if f.ID == "" {
		return nil
	}
	return k.send(ctx, map[string]string{"type": "ack", "messageId": f.ID})
}

func (k *Socket) send(ctx context.Context, v any) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	if err := wsjson.Write(ctx, k.conn, v); err != nil {
		return closed(err)
	}
	return nil
}

// keepAlive pings, first at once, and closes the socket when no pong comes: a connection may be dead
// for a long time without either side being told.
func (k *Socket) keepAlive(ctx context.Context) {
	tick := time.NewTicker(k.ping)
	defer tick.Stop()
	for {
		id := uuid.NewString()
		k.mu.Lock()
		k.asked = id
		k.mu.Unlock()
		if k.send(ctx, map[string]string{"id": id, "type": "ping"}) != nil {
			return // whoever reads is told the same
		}
		late := time.NewTimer(k.ping * 14 / 15)
		select {
		case <-ctx.Done():
			late.Stop()
			return
		case <-late.C:
			_ = k.conn.CloseNow() // a polite close would wait for the one who is silent
			return
		case <-k.pong:
			late.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (k *Socket) heard(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if id != k.asked || id == "" {
		return
	}
	k.asked = ""
	select {
	case k.pong <- struct{}{}:
	default:
	}
}

// Close ends the socket, politely if the other side is there.
func (k *Socket) Close() {
	k.stop()
	_ = k.conn.Close(websocket.StatusNormalClosure, "done")
	k.live.Wait()
}

// Lookup asks the conversation service for the public id of what a notice is about: GET {lookup}.
// The address is one that Notice made.
func (c *Client) Lookup(ctx context.Context, lookup string) (string, error) {
	at, err := url.Parse(lookup)
	if err != nil {
		return "", err
	}
	var found struct {
		ID string `json:"id"`
	}
	_, err = c.do(ctx, http.MethodGet, at, "", nil, &found)
	return found.ID, err
}
