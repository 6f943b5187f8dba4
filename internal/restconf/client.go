package restconf

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"overwatch/internal/inventory"
)

// Client reads devices. Safe for concurrent use. Close it when done.
type Client struct {
	options Options
	total   *semaphore.Weighted

	mu         sync.Mutex
	transports map[string]http.RoundTripper // by contentOf
	byTrust    map[trust]http.RoundTripper  // the same ones; a cache
	devices    map[string]*deviceState      // by address
}

// deviceState is what the client keeps about the device at an address.
type deviceState struct {
	slots   *semaphore.Weighted
	learned learned
}

// New returns a client.
func New(o Options) *Client {
	o = o.withDefaults()
	return &Client{
		options: o, total: semaphore.NewWeighted(o.Total),
		transports: map[string]http.RoundTripper{}, byTrust: map[trust]http.RoundTripper{}, devices: map[string]*deviceState{},
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

// Turn waits for a slot at the device, at most as long as for a response. The requests of one query
// share a slot. The error is a fault; the caller releases the slot.
func (c *Client) Turn(ctx context.Context, d inventory.Device) (release func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errNoSlot)
	defer cancel()
	slots := c.state(d).slots
	if err := slots.Acquire(ctx, 1); err != nil {
		return nil, explain(ctx, d, err)
	}
	if err := c.total.Acquire(ctx, 1); err != nil {
		slots.Release(1)
		return nil, explain(ctx, d, err)
	}
	return func() { c.total.Release(1); slots.Release(1) }, nil
}

func (c *Client) state(d inventory.Device) *deviceState {
	key := address(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.devices[key]
	if s == nil {
		s = &deviceState{slots: semaphore.NewWeighted(c.options.PerDevice)}
		c.devices[key] = s
	}
	return s
}

// address returns host:port.
func address(d inventory.Device) string { return net.JoinHostPort(d.Host, strconv.Itoa(d.Port)) }

// serverName returns the name in the certificate where it isn't the host: an address without its zone.
func serverName(d inventory.Device) string {
	if ip, _, zoned := strings.Cut(d.Host, "%"); zoned {
		return ip
	}
	return ""
}

// maxTrusts bounds the cache of transports, which has entries of inventories that were replaced.
const maxTrusts = 1000

// transport returns the one transport of all devices with equal TLS settings, so that connections are
// kept and ten thousand devices under one CA share it.
func (c *Client) transport(d inventory.Device) (http.RoundTripper, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := serverName(d)
	settings := trustOf(d.TLS, name)
	if rt := c.byTrust[settings]; rt != nil {
		return rt, nil
	}
	key := contentOf(d.TLS, name)
	rt := c.transports[key]
	if rt == nil {
		var err error
		if rt, err = c.newTransport(d.TLS, name); err != nil {
			return nil, err
		}
		c.transports[key] = rt
	}
	if len(c.byTrust) == maxTrusts {
		clear(c.byTrust)
	}
	c.byTrust[settings] = rt
	return rt, nil
}

func (c *Client) newTransport(t inventory.TLS, name string) (http.RoundTripper, error) {
	if c.options.Transport != nil {
		return c.options.Transport(t)
	}
	conf, err := tlsConfig(t, name)
	if err != nil {
		return nil, err
	}
	return newTransport(conf, int(c.options.PerDevice)), nil
}
