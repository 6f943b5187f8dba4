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
	pingEvery   = 15 * time.Second // as in the JavaScript SDK; the pong must arrive before the next ping
	readyWithin = 2                // intervals between pings
	sendTimeout = 10 * time.Second
	maxFrame    = 1 << 20 // bytes
)

// Webex's own close codes, in addition to those of RFC 6455, 7.4.
const (
	CodeReplaced      = 4000 // another socket was opened for the same registration
	CodeReplacedClean = 4001 // the same, after a shutdown frame
	CodeUnauthorized  = 4401 // the token is invalid
)

// Socket is a WebSocket through which Webex sends events. Only one goroutine may call Next; the other
// methods are safe for concurrent use. The caller must close it.
type Socket struct {
	conn *websocket.Conn
	ping time.Duration // between pings
	stop context.CancelFunc
	live sync.WaitGroup

	mu     sync.Mutex
	pinged string // the id of the ping that waits for its pong
	pong   chan struct{}
}

// Closed is the error of a socket that was closed.
type Closed struct {
	Code   int // 1006 if the connection was lost
	Reason string
}

func (e *Closed) Error() string { return fmt.Sprintf("the socket was closed: %d %s", e.Code, e.Reason) }

// OpenSocket opens a socket for a registration, authenticates, and waits up to 30 s until Webex reports
// that the socket receives everything. The error is NotFound if the registration no longer exists and
// Denied if the token is refused.
func (c *Client) OpenSocket(ctx context.Context, s Services, r Registration) (*Socket, error) {
	at, err := url.Parse(r.SocketURL)
	if err != nil || (at.Scheme != "wss" && (at.Scheme != "ws" || s.registrations.Scheme != "http")) {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "Webex returned an address for the socket that isn't encrypted.", Cause: err}
	}
	query := at.Query()
	for k, v := range map[string]string{"outboundWireFormat": "text", "bufferStates": "true", "aliasHttpStatus": "true"} {
		query.Set(k, v)
	}
	at.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(ctx, readyWithin*c.ping)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, at.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     c.transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader: http.Header{"User-Agent": {c.agent}},
	})
	if err != nil {
		return nil, notOpened(ctx, at.Host, resp, err)
	}
	conn.SetReadLimit(maxFrame)
	running, stop := context.WithCancel(context.Background())
	k := &Socket{conn: conn, ping: c.ping, stop: stop, pong: make(chan struct{}, 1)}
	if err := k.authorize(ctx, "Bearer "+c.token.Reveal()); err != nil {
		k.Close()
		return nil, notReady(ctx, err)
	}
	k.live.Go(func() { k.keepAlive(running) })
	return k, nil
}

// notReady is the fault for a socket that Webex opened and then didn't use.
func notReady(ctx context.Context, err error) error {
	var closed *Closed
	switch {
	case errors.As(err, &closed) && (closed.Code == CodeUnauthorized || closed.Code == int(websocket.StatusPolicyViolation)):
		return tokenRefused(err)
	case ctx.Err() != nil:
		return &fault.Error{Kind: fault.Timeout, Message: "The socket to Webex wasn't ready in time.", Cause: err}
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "Webex closed the socket before it was ready.", Cause: err}
}

// notOpened is the fault for a socket that couldn't be opened.
func notOpened(ctx context.Context, host string, resp *http.Response, err error) error {
	switch {
	case resp == nil || resp.StatusCode == http.StatusSwitchingProtocols:
		return unreachable(ctx, host, err)
	case resp.StatusCode == http.StatusNotFound:
		return &fault.Error{Kind: fault.NotFound, Message: "The registration of the socket no longer exists.", Cause: err}
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return proxyRefused("A proxy", resp.StatusCode)
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return &fault.Error{
			Kind: fault.Unavailable, Message: fmt.Sprintf("The WebSocket to %s was refused (status %d), probably by a firewall or proxy.", host, resp.StatusCode),
			Hint: "Allow WebSockets to " + host + " there, or use --transport webhook or polling.", Cause: err,
		}
	}
	return &fault.Error{
		Kind: fault.Unavailable, Message: fmt.Sprintf("Webex refused to open a socket (status %d).", resp.StatusCode),
		After: retryAfter(resp.Header.Get("Retry-After"), 0), Cause: err,
	}
}

// authorize sends the token and waits until the socket is ready.
func (k *Socket) authorize(ctx context.Context, authorization string) error {
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

// Next returns the next frame other than a pong. Frames that can't be decoded are skipped. The error is
// a *Closed if the socket was closed, or that of ctx, after which the socket must be closed.
func (k *Socket) Next(ctx context.Context) (Frame, error) {
	for {
		_, text, err := k.conn.Read(ctx) // JSON, in text or in binary frames
		if err != nil {
			if ctx.Err() != nil {
				return Frame{}, ctx.Err()
			}
			return Frame{}, closed(err)
		}
		f, err := ParseFrame(text)
		switch {
		case err != nil:
			continue
		case f.Type == "pong":
			k.ponged(f.ID)
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

// Ack acknowledges a frame. It does nothing for one without an id.
func (k *Socket) Ack(ctx context.Context, f Frame) error {
	if f.ID == "" {
		return nil
	}
	return k.send(ctx, map[string]string{"type": "ack", "messageId": f.ID})
}

func (k *Socket) send(ctx context.Context, v any) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := wsjson.Write(ctx, k.conn, v); err != nil {
		return closed(err)
	}
	return nil
}

// keepAlive pings and closes the socket if no pong arrives, since a broken connection can go unnoticed
// for a long time.
func (k *Socket) keepAlive(ctx context.Context) {
	tick := time.NewTicker(k.ping)
	defer tick.Stop()
	for {
		id := uuid.NewString()
		k.mu.Lock()
		k.pinged = id
		k.mu.Unlock()
		if k.send(ctx, map[string]string{"id": id, "type": "ping"}) != nil {
			return // Next returns the same error
		}
		late := time.NewTimer(k.ping * 14 / 15)
		select {
		case <-ctx.Done():
			late.Stop()
			return
		case <-late.C:
			_ = k.conn.CloseNow() // Close would wait for the other side
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

// ponged ends the wait for a pong.
func (k *Socket) ponged(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if id != k.pinged || id == "" {
		return
	}
	k.pinged = ""
	select {
	case k.pong <- struct{}{}:
	default:
	}
}

// Close closes the socket with a closing handshake.
func (k *Socket) Close() {
	k.stop()
	_ = k.conn.Close(websocket.StatusNormalClosure, "done")
	k.live.Wait()
}

// Lookup returns the public id of an event's resource: GET {lookup} at the conversation service. The
// address must come from Frame.Event.
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
