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

// Config are the settings of the connection to Webex.
type Config struct {
	WebexBotToken     secret.Text `placeholder:"TOKEN" help:"The bot's token, from developer.webex.com. It can't be a flag: set the environment variable."`
	WebexBotTokenFile string      `type:"path" placeholder:"FILE" help:"Read it from this file."`
	WebexAPIURL       string      `name:"webex-api-url" default:"https://webexapis.com/v1" placeholder:"URL" validate:"http_url" help:"Address of the Webex API."`
	WebexU2CURL       string      `name:"webex-u2c-url" env:"OVERWATCH_WEBEX_U2C_URL" default:"https://u2c.wbx2.com/u2c/api/v1" placeholder:"URL" validate:"http_url" help:"Address of the Webex service catalog, which names the WebSocket's address."`
}

// DefaultURL is the address of the API.
const DefaultURL = "https://webexapis.com/v1"

// Options configure a Client.
type Options struct {
	BaseURL   string            // DefaultURL if empty; a trailing slash makes no difference
	Token     secret.Text       // of the bot; required
	Transport http.RoundTripper // a pool of its own if nil
	UserAgent string            // "overwatch" if empty
	PingEvery time.Duration     // between pings of a socket; 15 s if 0
}

// Client calls the Webex API over one connection pool. Safe for concurrent use.
type Client struct {
	base      *url.URL
	token     secret.Text
	transport http.RoundTripper
	agent     string
	ping      time.Duration
}

// New returns a client. It makes no request. The error is a fault of kind Invalid.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(cmp.Or(o.BaseURL, DefaultURL), "/"))
	const looks = "It looks like " + DefaultURL + "."
	switch {
	case err != nil: // the error repeats the address, which may hold a password
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
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        100,
		MaxIdleConnsPerHost: 100,      // all requests go to one host; the default of 2 reconnects under load
		WriteBufferSize:     16 << 10, // enough to send most messages in one write
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
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

// maxResponse is how many bytes of a response are read.
const maxResponse = 4 << 20

// call makes one request with an optional JSON body and decodes the response.
func call[T any](ctx context.Context, c *Client, method, path string, in any) (out T, err error) {
	err = c.exchange(ctx, method, path, in, &out)
	return out, err
}

// exchange is call with the response decoded into out, or dropped if out is nil.
func (c *Client) exchange(ctx context.Context, method, path string, in, out any) error {
	return c.exchangeAt(ctx, method, c.base.JoinPath(path), in, out)
}

// exchangeAt is exchange at any address of a Webex service.
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

// read reads a response up to one byte more than maxResponse.
func read(resp *http.Response) ([]byte, error) {
	var text bytes.Buffer
	if resp.ContentLength > 0 {
		text.Grow(int(min(resp.ContentLength, maxResponse)) + bytes.MinRead)
	}
	_, err := text.ReadFrom(io.LimitReader(resp.Body, maxResponse+1))
	return text.Bytes(), err
}

// encode writes JSON without HTML escapes.
func encode(to *bytes.Buffer, in any) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	err := enc.Encode(in)
	to.Truncate(len(bytes.TrimSuffix(to.Bytes(), []byte("\n"))))
	return err
}

// do makes one HTTP request and returns the header of a successful response. Every request of this
// package goes through it.
func (c *Client) do(ctx context.Context, method string, target *url.URL, contentType string, body io.Reader, out any) (http.Header, error) {
	stepped, steps := newSteps(ctx)
	defer steps.end()
	req, err := http.NewRequestWithContext(stepped, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	if req.Body != nil && req.ContentLength == 0 { // a file, written while it is sent
		req.Body = steppedBody{req.Body, steps}
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("TrackingID", "overwatch_"+uuid.NewString())
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	// Not http.Client.Do, which would take the token along when redirected. The API doesn't redirect.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, unreachable(ctx, target.Host, steps.explain(err))
	}
	defer func() { _ = resp.Body.Close() }() // the body has been read by then
	steps.begin()
	text, err := read(resp)
	switch {
	case err != nil:
		return nil, unreachable(ctx, target.Host, steps.explain(err))
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, refused(c.token, req, resp, text)
	case len(text) > maxResponse:
		return nil, unreadable(method, target.Path, fmt.Errorf("it has more than %d bytes", maxResponse))
	case out == nil:
		return resp.Header, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return nil, unreadable(method, target.Path, err)
	}
	return resp.Header, nil
}
