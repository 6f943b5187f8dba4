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
	"errors"
	"fmt"
	"io"
	"iter"
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
}

// Client talks to Webex over one pool of connections. It may be used by many at once.
type Client struct {
	base      *url.URL
	token     secret.Text
	transport http.RoundTripper
	agent     string
}

// New returns a client. It makes no call.
func New(o Options) (*Client, error) {
	raw := strings.TrimRight(cmp.Or(o.BaseURL, DefaultURL), "/")
	base, err := url.Parse(raw)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, &fault.Error{
			Kind: fault.Invalid, Say: fmt.Sprintf("%q isn't the address of a Webex API", raw), Do: "It looks like " + DefaultURL + ".",
		}
	}
	if o.Token.IsZero() {
		return nil, &fault.Error{
			Kind: fault.Invalid, Say: "there is no bot token",
			Do: "Create a bot at https://developer.webex.com/my-apps/new/bot and set OVERWATCH_WEBEX_BOT_TOKEN.",
		}
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	return &Client{base: base, token: o.Token, transport: o.Transport, agent: cmp.Or(o.UserAgent, "overwatch")}, nil
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   100, // all calls go to one host; the default of 2 would reconnect under load
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
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

// call makes one request with an optional JSON body and decodes the answer into out unless it is nil.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	target := c.base.JoinPath(path)
	target.RawQuery = query.Encode()
	var body io.Reader
	if in != nil {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(in); err != nil {
			return fmt.Errorf("encode the body of %s %s: %w", method, path, err)
		}
		body = &buf
	}
	_, err := c.do(ctx, method, target, "application/json", body, out)
	return err
}

func (c *Client) do(ctx context.Context, method string, target *url.URL, contentType string, body io.Reader, out any) (_ http.Header, err error) {
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
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, unreachable(ctx, target.Host, err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, refused(req, resp, text)
	case len(text) > maxAnswer:
		return nil, fmt.Errorf("the answer to %s %s has more than %d bytes", method, target.Path, maxAnswer)
	case out == nil:
		return resp.Header, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return nil, &fault.Error{
			Kind: fault.Unavailable, Say: "Webex answered with something I can't read.",
			Cause: fmt.Errorf("%s %s: %w", method, target.Path, err),
		}
	}
	return resp.Header, nil
}

// list goes through all pages of a list. A next page on another host is refused: it would get the
// token.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		target := c.base.JoinPath(path)
		target.RawQuery = query.Encode()
		for target != nil {
			var page struct {
				Items []T `json:"items"`
			}
			header, err := c.do(ctx, http.MethodGet, target, "", nil, &page)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if target, err = c.next(header); err != nil {
				yield(none, err)
				return
			}
		}
	}
}

// next finds the next page in the Link header (RFC 8288), or nil.
func (c *Client) next(header http.Header) (*url.URL, error) {
	for _, line := range header.Values("Link") {
		for link := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(link, ";")
			params = strings.ReplaceAll(strings.ReplaceAll(params, `"`, ""), " ", "")
			if !strings.Contains(";"+params+";", ";rel=next;") {
				continue
			}
			u, err := c.base.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
			if err != nil {
				return nil, fmt.Errorf("the link to the next page: %w", err)
			}
			if u.Scheme != c.base.Scheme || u.Host != c.base.Host {
				return nil, fmt.Errorf("the next page is on another host, %s, which must not get the token", u.Host)
			}
			return u, nil
		}
	}
	return nil, nil
}
