// Package restconf is a client that reads devices over RESTCONF (RFC 8040): one data resource at a
// time, streamed, and never anything but GET.
//
// It is a driver: it knows devices of the inventory and the protocol, not queries or conversations,
// and it never tries again by itself except where IOS-XE refuses a field filter. Only internal/app
// imports it.
package restconf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"overwatch/internal/inventory"
	"overwatch/internal/redact"
	"overwatch/internal/tracing"
)

// Options tune a client. Zero values take the defaults.
type Options struct {
	Timeout   time.Duration    // until an answer begins; 60 s
	Whole     time.Duration    // from there to its end; 5 min, as large tables take their time
	MaxBytes  int64            // of one answer; 1 GiB
	PerDevice int64            // questions to one device at the same time; 2, as its web server is small
	Total     int64            // questions to all devices at the same time; 2048
	Mask      *redact.Redactor // of what devices say of errors
	UserAgent string           // overwatch

	// Transport makes the round tripper for a way of checking certificates. Tests set it.
	Transport func(inventory.TLS) (http.RoundTripper, error)
}

// Client reads devices. It may be used by many at once; Close it in the end.
type Client struct {
	options Options
	total   *semaphore.Weighted

	mu         sync.Mutex
	transports map[string]http.RoundTripper // by how certificates are checked
	same       map[place]http.RoundTripper  // the same, quicker
	devices    map[string]*semaphore.Weighted
}

// New returns a client.
func New(o Options) *Client {
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	o.Whole = cmp.Or(o.Whole, 5*time.Minute)
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<30)
	o.PerDevice = cmp.Or(o.PerDevice, 2)
	o.Total = cmp.Or(o.Total, 2048)
	o.UserAgent = cmp.Or(o.UserAgent, "overwatch")
	if o.Transport == nil {
		o.Transport = func(t inventory.TLS) (http.RoundTripper, error) { return newTransport(t, int(o.PerDevice)) }
	}
	return &Client{
		options: o, total: semaphore.NewWeighted(o.Total),
		transports: map[string]http.RoundTripper{}, same: map[place]http.RoundTripper{}, devices: map[string]*semaphore.Weighted{},
	}
}

// Close closes idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.transports {
		if idle, ok := t.(interface{ CloseIdleConnections() }); ok {
			idle.CloseIdleConnections()
		}
	}
}

const (
	root      = "/restconf" // RFC 8040, 3.1: IOS-XE's root is always this
	mediaType = "application/yang-data+json"
	draftType = "application/yang.data+json" // of servers that are older than the RFC
)

// Fetch reads one data resource: path stands below {+restconf}/data and is encoded already, fields
// is a filter such as a;b(c;d), or empty. What is there but has nothing in it is an empty body.
//
// Errors, those of reading the body as well, are faults with the device's name: NotFound for a
// resource that isn't there. The caller has a turn at the device, and closes the body.
func (c *Client) Fetch(ctx context.Context, d inventory.Device, path, fields string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	clock := time.AfterFunc(c.options.Timeout, func() { cancel(errTimeout) })
	end := func() {
		clock.Stop()
		cancel(nil)
	}
	body, err := c.get(ctx, d, path, fields, mediaType)
	if status(err) == http.StatusNotAcceptable {
		body, err = c.get(ctx, d, path, fields, draftType)
	}
	if fields != "" && status(err) == http.StatusBadRequest {
		// Some nodes take no field filter (RFC 8040, 4.8.3, makes it optional).
		body, err = c.get(ctx, d, path, "", mediaType)
	}
	if err != nil {
		err = explain(ctx, d, err) // before the context is at its end for our own reasons
		end()
		return nil, err
	}
	if clock.Stop() {
		clock.Reset(c.options.Whole)
	}
	return &answer{ctx: ctx, device: d, body: body, left: c.options.MaxBytes, limit: c.options.MaxBytes, end: end}, nil
}

// Turn waits until the device may be asked one more question, as long as for an answer. The requests of
// a question go together: who waits for one of them must not keep others from the next. The error is a
// fault.
func (c *Client) Turn(ctx context.Context, d inventory.Device) (release func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errBusy)
	defer cancel()
	if release, err = c.acquire(ctx, d); err != nil {
		return nil, explain(ctx, d, err)
	}
	return release, nil
}

// acquire waits for a turn at the device, and at the network.
func (c *Client) acquire(ctx context.Context, d inventory.Device) (release func(), err error) {
	key := address(d)
	c.mu.Lock()
	turn := c.devices[key]
	if turn == nil {
		turn = semaphore.NewWeighted(c.options.PerDevice)
		c.devices[key] = turn
	}
	c.mu.Unlock()
	if err := turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	if err := c.total.Acquire(ctx, 1); err != nil {
		turn.Release(1)
		return nil, err
	}
	return func() { c.total.Release(1); turn.Release(1) }, nil
}

func (c *Client) get(ctx context.Context, d inventory.Device, path, fields, media string) (io.ReadCloser, error) {
	// The path goes out as it stands: a %2F in a key must not become a slash.
	raw := "https://" + address(d) + cmp.Or(d.Root, root) + "/data/" + path
	if fields != "" {
		raw += "?fields=" + fields
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("the path of the query: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.URL = u
	req.Header.Set("Accept", media)
	req.Header.Set("User-Agent", c.options.UserAgent)
	if parent := tracing.Parent(ctx); parent != "" {
		req.Header.Set(tracing.Header, parent)
	}
	req.SetBasicAuth(d.Login.Username, d.Login.Password.Reveal())
	transport, err := c.transport(d.TLS)
	if err != nil {
		return nil, err
	}
	// No http.Client: a redirect would carry the password to wherever the device says.
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if err := accept(resp, d, path); err != nil {
		var s *statusError
		if errors.As(err, &s) {
			s.Message = c.options.Mask.Text(d.Login.Password.Hide(s.Message, d.Login.Username))
		}
		return nil, errors.Join(err, resp.Body.Close())
	}
	return resp.Body, nil
}

// address is host:port as a URL wants it.
func address(d inventory.Device) string {
	host := d.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(d.Port)
}

// answer is a body that says what is wrong with it in a person's words.
type answer struct {
	ctx    context.Context
	device inventory.Device
	body   io.ReadCloser
	left   int64 // of limit; -1 once there was more
	limit  int64
	once   sync.Once
	end    func()
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	if a.left < 0 {
		return 0, tooLarge(a.device, a.limit)
	}
	if int64(len(p)) > a.left+1 { // one more tells an answer of just this size from a larger one
		p = p[:a.left+1]
	}
	n, err := a.body.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return n - 1, tooLarge(a.device, a.limit)
	}
	switch {
	case err == io.EOF && a.ctx.Err() != nil:
		// A device that sees us hang up may end its answer properly, although it isn't all of it.
		err = explain(a.ctx, a.device, context.Cause(a.ctx))
	case err != nil && err != io.EOF:
		err = explain(a.ctx, a.device, err)
	}
	return n, err
}

// Close implements io.Closer and lets the next one ask the device.
func (a *answer) Close() error {
	var err error
	a.once.Do(func() {
		err = a.body.Close()
		a.end()
	})
	return err
}
