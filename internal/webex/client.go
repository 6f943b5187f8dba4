// Package webex is a client of Webex's messaging API as a bot uses it: people, rooms, memberships,
// messages, attachment actions and webhooks, and the conversation made of them.
//
// It is a driver: it classifies failures and never tries again by itself, since internal/inbox does
// that in one place. Transports and internal/app import it. The facts are those of the guides and
// the API reference at developer.webex.com.
package webex

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
)

// DefaultURL is the API's address.
const DefaultURL = "https://webexapis.com/v1"

// Options are what a client is made of.
type Options struct {
	BaseURL   string            // DefaultURL when empty; a slash at its end makes no difference
	Token     secret.Text       // of the bot; needed
	Transport http.RoundTripper // one of its own when nil
	UserAgent string            // overwatch
	PingEvery time.Duration     // through a socket; 15 s, which only tests change
}

// Client talks to Webex over one pool of connections. It may be used by many at once.
type Client struct {
	base      *url.URL
	token     secret.Text
	transport http.RoundTripper
	agent     string
	ping      time.Duration
}

// New returns a client. It makes no call. The error is a fault of kind Invalid.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(cmp.Or(o.BaseURL, DefaultURL), "/"))
	const looks = "It looks like " + DefaultURL + "."
	switch {
	case err != nil: // neither the text nor the error is shown: a password may stand in both
		return nil, &fault.Error{Kind: fault.Invalid, Message: "the address of the Webex API can't be read", Hint: looks}
	case base.Host == "" || base.User != nil || (base.Scheme != "http" && base.Scheme != "https"):
		return nil, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("%q isn't the address of a Webex API", base.Redacted()), Hint: looks}
	}
	if o.Token.IsZero() {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "there is no bot token",
			Hint: "Create a bot at https://developer.webex.com/my-apps/new/bot and set OVERWATCH_WEBEX_BOT_TOKEN.",
		}
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	return &Client{base: base, token: o.Token, transport: o.Transport, agent: cmp.Or(o.UserAgent, "overwatch"), ping: cmp.Or(o.PingEvery, pingEvery)}, nil
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   100,      // all calls go to one host; the default of 2 would reconnect under load
		WriteBufferSize:       16 << 10, // most messages go with one write
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			return proxyRefused("The proxy "+proxy.Host, resp.StatusCode)
		},
	}
}

// Close closes idle connections.
func (c *Client) Close() {
	if idle, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// maxAnswer bounds what is read of one answer, in bytes.
const maxAnswer = 4 << 20

// call makes one request with an optional JSON body and returns the object of the answer.
func call[T any](ctx context.Context, c *Client, method, path string, in any) (out T, err error) {
	err = c.exchange(ctx, method, path, in, &out)
	return out, err
}

// exchange does the same with an answer that goes into out, or nowhere when out is nil.
func (c *Client) exchange(ctx context.Context, method, path string, in, out any) error {
	return c.exchangeAt(ctx, method, c.base.JoinPath(path), in, out)
}

// exchangeAt does the same at an address that may be of another of Webex's services.
func (c *Client) exchangeAt(ctx context.Context, method string, at *url.URL, in, out any) error {
	var body io.Reader
	if in != nil {
		var text bytes.Buffer
		if err := encode(&text, in); err != nil {
			return fmt.Errorf("encode the body of %s %s: %w", method, at.Path, err)
		}
		body = &text
	}
	_, err := c.do(ctx, method, at, "application/json", body, out)
	return err
}

// read reads an answer, and one byte more of one that is too long.
func read(resp *http.Response) ([]byte, error) {
	var text bytes.Buffer
	if resp.ContentLength > 0 {
		text.Grow(int(min(resp.ContentLength, maxAnswer)) + bytes.MinRead)
	}
	_, err := text.ReadFrom(io.LimitReader(resp.Body, maxAnswer+1))
	return text.Bytes(), err
}

// encode writes JSON without HTML escapes, which only make it longer.
func encode(to *bytes.Buffer, in any) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	err := enc.Encode(in)
	to.Truncate(len(bytes.TrimSuffix(to.Bytes(), []byte("\n"))))
	return err
}

// do makes one request, the only way of this package to the wire, and returns the header of a success.
func (c *Client) do(ctx context.Context, method string, target *url.URL, contentType string, body io.Reader, out any) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("TrackingID", "overwatch_"+uuid.NewString())
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	// No http.Client: the API doesn't redirect, and the token must not follow if it did.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, unreachable(ctx, target.Host, err)
	}
	defer func() { _ = resp.Body.Close() }() // everything that counts has been read by then
	text, err := read(resp)
	switch {
	case err != nil:
		return nil, unreachable(ctx, target.Host, err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, c.refused(req, resp, text)
	case len(text) > maxAnswer:
		return nil, fmt.Errorf("the answer to %s %s has more than %d bytes", method, target.Path, maxAnswer)
	case out == nil:
		return resp.Header, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return nil, &fault.Error{
			Kind: fault.Unavailable, Message: "Webex answered with something I can't read.",
			Cause: fmt.Errorf("%s %s: %w", method, target.Path, err),
		}
	}
	return resp.Header, nil
}
