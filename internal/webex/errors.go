package webex

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
)

// APIError is a response of Webex that isn't a success. It is the cause of a fault.Error.
type APIError struct {
	Method     string
	Path       string
	Status     int
	Message    string // Webex's own words
	TrackingID string // Webex's support asks for it
}

func (e *APIError) Error() string {
	return fmt.Sprintf("%s %s: %d %s (tracking id %s)", e.Method, e.Path, e.Status, e.Message, e.TrackingID)
}

// Bounds of the pause that Webex asks for with Retry-After.
const (
	defaultPause = 15 * time.Second // after a 429 without the header
	minPause     = time.Second
	maxPause     = 5 * time.Minute
)

// maxMessage is how many characters of Webex's own words are repeated.
const maxMessage = 300

// refused turns a response that isn't a success into a fault. Requests that may succeed later without
// anybody changing anything (408, 423, 425, 429, 5xx) get a temporary kind. All others are final: the
// same request will be refused again.
func refused(token secret.Text, req *http.Request, resp *http.Response, body []byte) error {
	api := &APIError{
		Method: req.Method, Path: req.URL.Path, Status: resp.StatusCode,
		Message: http.StatusText(resp.StatusCode), TrackingID: cmp.Or(resp.Header.Get("TrackingID"), req.Header.Get("TrackingID")),
	}
	var found struct {
		Message    string `json:"message"`
		TrackingID string `json:"trackingId"`
	}
	// The body may be empty, or the web page of a proxy.
	if json.Unmarshal(body, &found) == nil {
		api.Message, api.TrackingID = cmp.Or(found.Message, api.Message), cmp.Or(found.TrackingID, api.TrackingID)
	}
	// A proxy may echo the request.
	api.Message, api.TrackingID = token.Hide(api.Message, ""), token.Hide(api.TrackingID, "")
	api.Message = fmt.Sprintf("%.*s", maxMessage, api.Message)
	e := &fault.Error{Kind: fault.Invalid, Cause: api}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized:
		return tokenRefused(api)
	case code == http.StatusForbidden:
		e.Kind, e.Message = fault.Denied, "Webex refused the request: "+api.Message
		e.Hint = "Check that the bot is a member of the space and may do this there."
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Kind, e.Message = fault.NotFound, "Not found in Webex."
	case code == http.StatusTooManyRequests:
		e.Kind, e.Message = fault.RateLimited, "Webex is rate limiting the bot."
		e.After = retryAfter(resp.Header.Get("Retry-After"), defaultPause)
	case code == http.StatusLocked: // about one thing, not about the bot
		e.Kind, e.Message = fault.Unavailable, "Webex has locked this for now (status 423)."
		e.Hint, e.After = "Try again in a moment.", retryAfter(resp.Header.Get("Retry-After"), 0)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		e.Kind, e.Message = fault.Unavailable, fmt.Sprintf("Webex is unavailable (status %d).", code)
		e.Hint = "Try again in a moment; https://status.webex.com lists outages."
		e.After = retryAfter(resp.Header.Get("Retry-After"), 0)
	case code == http.StatusProxyAuthRequired:
		return proxyRefused("A proxy", code) // of an API without TLS; see newTransport
	default:
		e.Message = fmt.Sprintf("Webex refused the request (status %d): %s", code, api.Message)
	}
	return e
}

func tokenRefused(cause error) error {
	return &fault.Error{
		Kind: fault.Denied, Message: "Webex refused the bot token.",
		Hint: "Check OVERWATCH_WEBEX_BOT_TOKEN; create a new token at https://developer.webex.com/my-apps.", Cause: cause,
	}
}

// retryAfter reads the header as seconds or as a date (RFC 9110, 10.2.3).
func retryAfter(header string, otherwise time.Duration) time.Duration {
	if s, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(max(time.Duration(s)*time.Second, minPause), maxPause)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), minPause), maxPause)
	}
	return otherwise
}

// unreadable is a successful response that can't be decoded. It is final: Webex will send the same
// again.
func unreadable(method, path string, cause error) error {
	return &fault.Error{
		Kind: fault.Internal, Message: "Webex's response can't be read.",
		Hint: "Check --webex-api-url, and for a proxy that changes responses.", Cause: fmt.Errorf("%s %s: %w", method, path, cause),
	}
}

// proxyRefused is the fault for a proxy that refused to connect.
func proxyRefused(proxy string, code int) error {
	if code == http.StatusProxyAuthRequired {
		return &fault.Error{
			Kind: fault.Denied, Message: proxy + " in front of Webex requires a login.",
			Hint: "Add it to HTTPS_PROXY, as in http://user:password@proxy.example:8080.",
		}
	}
	return &fault.Error{
		Kind: fault.Unavailable, Message: fmt.Sprintf("%s refused to connect to Webex (status %d).", proxy, code),
		Hint: "Allow outbound HTTPS to Webex in the proxy.",
	}
}

// writeError is an error of the function that writes an uploaded file, not of Webex.
type writeError struct{ error }

// unreachable is the fault for a request without a response.
func unreachable(ctx context.Context, host string, err error) error {
	var (
		file        writeError
		proxy       *fault.Error
		certificate *tls.CertificateVerificationError
		dial        *net.OpError
		timeout     net.Error
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.As(err, &file):
		return file.error
	case errors.As(err, &proxy):
		return proxy
	}
	e := &fault.Error{Kind: fault.Unavailable, Cause: err, Message: "Webex can't be reached at " + host + "."}
	e.Hint = "Check outbound HTTPS from this machine; behind a proxy, set HTTPS_PROXY."
	switch {
	case errors.As(err, &certificate):
		e.Message, e.Hint = "The certificate of "+host+" isn't trusted.", "If a proxy inspects TLS, add its CA to those that this machine trusts (or to SSL_CERT_FILE)."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Kind, e.Message = fault.Timeout, "Webex didn't respond in time ("+host+")."
	case errors.As(err, &dial) && dial.Op == "proxyconnect":
		e.Message, e.Hint = "The proxy in front of Webex can't be reached.", "Check HTTPS_PROXY, and that the proxy runs."
	}
	return e
}
