package webex

import (
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

// refused makes a fault of an answer that isn't a success.
func refused(req *http.Request, resp *http.Response, body []byte) error {
	api := &APIError{
		Method: req.Method, Path: req.URL.Path, Status: resp.StatusCode,
		Message: http.StatusText(resp.StatusCode), TrackingID: resp.Header.Get("TrackingID"),
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
	e := &fault.Error{Kind: fault.Invalid, Cause: api}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized:
		e.Kind = fault.Denied
		e.Say = "Webex refuses the bot token."
		e.Do = "Check OVERWATCH_WEBEX_BOT_TOKEN; a new one is made at https://developer.webex.com/my-apps."
	case code == http.StatusForbidden:
		e.Kind, e.Say = fault.Denied, "Webex doesn't allow that: "+api.Message
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Kind, e.Say = fault.NotFound, "Webex doesn't know that any more."
	case code == http.StatusTooManyRequests, code == http.StatusLocked:
		e.Kind, e.Say = fault.RateLimited, "Webex asks for patience."
		e.After = retryAfter(resp.Header.Get("Retry-After"), defaultWait)
	case code >= 500:
		e.Kind, e.Say = fault.Unavailable, fmt.Sprintf("Webex can't answer now (status %d).", code)
		e.After = retryAfter(resp.Header.Get("Retry-After"), 0)
	case code == http.StatusProxyAuthRequired:
		e.Kind, e.Say = fault.Denied, "The proxy wants a login."
		e.Do = "Put it into HTTPS_PROXY."
	default:
		e.Say = fmt.Sprintf("Webex refuses that (status %d): %s", code, api.Message)
	}
	return e
}

// retryAfter reads the header as seconds or as a date (RFC 9110, 10.2.3).
func retryAfter(header string, otherwise time.Duration) time.Duration {
	wait := otherwise
	if s, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(s) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = time.Until(at)
	} else {
		return otherwise
	}
	return min(max(wait, leastWait), mostWait)
}

// unreachable makes a fault of a call that got no answer.
func unreachable(ctx context.Context, host string, err error) error {
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		return err // of a file that couldn't be written
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return context.Canceled
	}
	e := &fault.Error{Kind: fault.Unavailable, Cause: err, Say: "I can't reach Webex at " + host + "."}
	e.Do = "Check the way from this machine to it; behind a proxy, set HTTPS_PROXY."
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		e.Kind, e.Say = fault.Timeout, "Webex didn't answer in time."
	}
	return e
}
