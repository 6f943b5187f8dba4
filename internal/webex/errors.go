package webex

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"overwatch/internal/fault"
)

// APIError is an answer of Webex that isn't a success. It is the cause of a fault.
type APIError struct {
	Method     string
	Path       string
	Status     int
	Message    string
	TrackingID string // what Webex's support asks for
}

func (e *APIError) Error() string {
	return fmt.Sprintf("%s %s: %d %s (tracking id %s)", e.Method, e.Path, e.Status, e.Message, e.TrackingID)
}

// Waiting times where Webex names none, or an absurd one.
const (
	defaultWait = 15 * time.Second
	leastWait   = time.Second
	mostWait    = 5 * time.Minute
)

// mostSaid is how many characters of Webex's own words are repeated.
const mostSaid = 300

// refused makes a fault of an answer that isn't a success.
func (c *Client) refused(req *http.Request, resp *http.Response, body []byte) error {
	api := &APIError{
		Method: req.Method, Path: req.URL.Path, Status: resp.StatusCode,
		Message: http.StatusText(resp.StatusCode), TrackingID: cmp.Or(resp.Header.Get("TrackingID"), req.Header.Get("TrackingID")),
	}
	var said struct {
		Message    string `json:"message"`
		TrackingID string `json:"trackingId"`
	}
	// The body may be absent, or a proxy's web page.
	if json.Unmarshal(body, &said) == nil {
		if said.Message != "" {
			api.Message = said.Message
		}
		if said.TrackingID != "" {
			api.TrackingID = said.TrackingID
		}
	}
	// A proxy may show what it was sent.
	api.Message, api.TrackingID = c.token.Hide(api.Message, ""), c.token.Hide(api.TrackingID, "")
	api.Message = fmt.Sprintf("%.*s", mostSaid, api.Message)
	e := &fault.Error{Kind: fault.Invalid, Cause: api}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized:
		return tokenRefused(api)
	case code == http.StatusForbidden:
		e.Kind, e.Message = fault.Denied, "Webex doesn't allow that: "+api.Message
		e.Hint = "Check that the bot is a member of the space."
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Kind, e.Message = fault.NotFound, "Webex doesn't know that any more."
	case code == http.StatusTooManyRequests, code == http.StatusLocked:
		e.Kind, e.Message = fault.RateLimited, "Webex asks for patience."
		e.After = retryAfter(resp.Header.Get("Retry-After"), defaultWait)
	case code >= 500:
		e.Kind, e.Message = fault.Unavailable, fmt.Sprintf("Webex can't answer now (status %d).", code)
		e.Hint = "Try again in a moment; https://status.webex.com tells of outages."
		e.After = retryAfter(resp.Header.Get("Retry-After"), 0)
	case code == http.StatusProxyAuthRequired:
		return proxyRefused("A proxy", code) // of an API without TLS; see newTransport
	default:
		e.Message = fmt.Sprintf("Webex refuses that (status %d): %s", code, api.Message)
	}
	return e
}

func tokenRefused(cause error) error {
	return &fault.Error{
		Kind: fault.Denied, Message: "Webex refuses the bot token.",
		Hint: "Check OVERWATCH_WEBEX_BOT_TOKEN; a new one is made at https://developer.webex.com/my-apps.", Cause: cause,
	}
}

// retryAfter reads the header as seconds or as a date (RFC 9110, 10.2.3).
func retryAfter(header string, otherwise time.Duration) time.Duration {
	if s, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(max(time.Duration(s)*time.Second, leastWait), mostWait)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), leastWait), mostWait)
	}
	return otherwise
}

// proxyRefused makes a fault of the answer of a proxy, named by who, that isn't a success.
func proxyRefused(who string, code int) error {
	if code == http.StatusProxyAuthRequired {
		return &fault.Error{
			Kind: fault.Denied, Message: who + " on the way to Webex wants a login.",
			Hint: "Put it into HTTPS_PROXY, as in http://user:password@proxy.example:8080.",
		}
	}
	return &fault.Error{
		Kind: fault.Unavailable, Message: fmt.Sprintf("%s doesn't let me through to Webex (status %d).", who, code),
		Hint: "Ask whoever runs the proxy to allow the way to Webex.",
	}
}

// unwritten is what kept a file from being written while it was sent: no fault of the way to Webex.
type unwritten struct{ error }

// unreachable makes a fault of a call that got no answer.
func unreachable(ctx context.Context, host string, err error) error {
	var (
		file    unwritten
		proxy   *fault.Error
		dialled *net.OpError
		timeout net.Error
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.As(err, &file):
		return file.error
	case errors.As(err, &proxy):
		return proxy
	}
	e := &fault.Error{Kind: fault.Unavailable, Cause: err, Message: "I can't reach Webex at " + host + "."}
	e.Hint = "Check the way from this machine to it; behind a proxy, set HTTPS_PROXY."
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Kind, e.Message = fault.Timeout, "Webex at "+host+" didn't answer in time."
	case errors.As(err, &dialled) && dialled.Op == "proxyconnect":
		e.Message, e.Hint = "I can't reach the proxy on the way to Webex.", "Check HTTPS_PROXY, and that the proxy runs."
	}
	return e
}
