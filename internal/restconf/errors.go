package restconf

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"unicode"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

var (
	errTimeout = errors.New("the time for an answer is over")
	errBusy    = errors.New("others were asking for the whole time")
)

// statusError is an answer that isn't data.
type statusError struct {
	Status  int
	Tag     string // error-tag of ietf-restconf:errors (RFC 8040, 7.1), or empty
	Message string // its error-message, on one line
	Path    string
	JSON    bool // whether the device spoke RESTCONF at all
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("GET %s: %d %s %s", e.Path, e.Status, e.Tag, e.Message))
}

// accept returns nil for data and for the absence of data (204), else what the answer is instead.
func accept(resp *http.Response, d inventory.Device, path string) error {
	switch {
	case resp.StatusCode == http.StatusNoContent:
		return nil
	case resp.StatusCode != http.StatusOK:
		return readStatus(resp, path)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "" || strings.HasSuffix(kind, "json") {
		return nil
	}
	return &fault.Error{
		Kind:    fault.Unavailable,
		Message: fmt.Sprintf("%s answered with %s instead of data.", d.Name, kind),
		Hint:    "Check its host and its port in the inventory.",
		Cause:   fmt.Errorf("GET %s at %s: content type %s", path, address(d), kind),
	}
}

// maxErrorBody bounds what is read of an error, in bytes.
const maxErrorBody = 64 << 10

func readStatus(resp *http.Response, path string) error {
	e := &statusError{Status: resp.StatusCode, Path: path}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil || len(body) == 0 {
		return e
	}
	// IOS-XE writes "errors", other servers "ietf-restconf:errors"; "error" may be one or a list.
	var doc map[string]struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return e
	}
	type entry struct {
		Tag     string `json:"error-tag"`
		Message string `json:"error-message"`
	}
	for name, errs := range doc {
		if name != "errors" && !strings.HasSuffix(name, ":errors") {
			continue
		}
		e.JSON = true
		var list []entry
		if json.Unmarshal(errs.Error, &list) != nil {
			var one entry
			if json.Unmarshal(errs.Error, &one) == nil {
				list = []entry{one}
			}
		}
		if len(list) > 0 {
			e.Tag, e.Message = list[0].Tag, oneLine(list[0].Message)
		}
	}
	return e
}

// oneLine makes a device's message fit for a chat: printable, on one line, at most 200 characters.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:200]) + "…"
	}
	return s
}

// status returns the status that an error is of, or 0.
func status(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.Status
	}
	return 0
}

// explain turns any error of asking a device into a fault with the device's name. Its address stays
// in the cause: the sentences are read in a chat in a public cloud.
func explain(ctx context.Context, d inventory.Device, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	e := &fault.Error{Kind: fault.Unavailable, Cause: err}
	var s *statusError
	if errors.As(err, &s) {
		explainStatus(e, d, s)
		return e
	}
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	var (
		unknown   x509.UnknownAuthorityError
		wrongName x509.HostnameError
		invalid   x509.CertificateInvalidError
		op        *net.OpError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, errWrongPin):
		e.Message = d.Name + " has another certificate than the one pinned in the inventory."
		e.Hint = "If it was renewed on purpose, write its new fingerprint into the inventory; else somebody stands between us."
	case errors.As(err, &unknown):
		e.Message = "I don't trust the certificate of " + d.Name + ": it isn't signed by an authority I know."
		e.Hint = "Name its authority with tls: ca in the inventory, or the certificate itself with tls: pin."
	case errors.As(err, &wrongName):
		e.Message = "The certificate of " + d.Name + " is for another name than its host in the inventory."
		e.Hint = "Use the name in the certificate as the host, or pin the certificate with tls: pin."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Message = "The certificate of " + d.Name + " isn't valid now."
		e.Hint = "Look at its dates and the device's clock."
	case errors.As(err, &invalid):
		e.Message = "The certificate of " + d.Name + " isn't fit for a web server."
		e.Hint = "Give it another trustpoint, or pin the certificate with tls: pin."
	case errors.As(err, &record):
		e.Message = d.Name + " doesn't speak TLS on its port."
		e.Hint = "Check the port in the inventory; on the device: ip http secure-server."
	case errors.As(err, &op) && op.Op == "remote error": // how crypto/tls names a peer's alert
		e.Message = d.Name + " broke off the TLS handshake."
		e.Hint = "On the device, look at ip http secure-server, its trustpoint and its TLS version."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Message = d.Name + " refuses connections."
		e.Hint = "Is it up, and is restconf with ip http secure-server configured?"
	case errors.As(err, &dns):
		e.Message = "I can't find the address of " + d.Name + "."
		e.Hint = "Check its host in the inventory, and the name servers of the machine I run on."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.Message = "There is no way to " + d.Name + "."
		e.Hint = "Check the routes from the machine I run on."
	case errors.Is(context.Cause(ctx), errBusy):
		e.Message = d.Name + " is busy with other questions."
		e.Hint = "Try again in a minute."
	case errors.Is(context.Cause(ctx), errTimeout), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Kind = fault.Timeout
		e.Message = d.Name + " took too long, so I stopped waiting."
		e.Hint = "Try again when it is less busy."
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		e.Message = d.Name + " broke off in the middle of its answer."
		e.Hint = "Try again; if it stays, the answer may be too large for it."
	default:
		e.Message = "I couldn't ask " + d.Name + "."
		e.Hint = "The log has the reason."
	}
	return e
}

func explainStatus(e *fault.Error, d inventory.Device, s *statusError) {
	said := ""
	if s.Message != "" {
		said = " It says: " + strings.TrimRight(s.Message, " .") + "."
	}
	switch {
	case s.Status == http.StatusUnauthorized:
		e.Kind = fault.Denied
		e.Message = fmt.Sprintf("%s refused the login of user %s.", d.Name, d.Login.Username)
		e.Hint = "Check the password. I don't try again by myself, so that the account isn't locked."
	case s.Status == http.StatusForbidden, s.Tag == "access-denied":
		e.Kind = fault.Denied
		e.Message = fmt.Sprintf("%s doesn't let user %s read this.%s", d.Name, d.Login.Username, said)
		e.Hint = "On IOS-XE the account needs privilege level 15."
	case s.Status == http.StatusNotFound && !s.JSON:
		e.Message = d.Name + " has no RESTCONF."
		e.Hint = "Is restconf configured? After a start it takes some minutes until it answers."
	case s.Status == http.StatusNotFound, s.Status == http.StatusConflict && s.Tag == "data-missing",
		s.Status == http.StatusBadRequest && (s.Tag == "malformed-message" || s.Tag == "unknown-element"):
		e.Kind = fault.NotFound
		e.Message = d.Name + " has nothing there."
		e.Hint = "Either nothing of this kind is configured, or the device's release doesn't know this data."
	case s.Status >= 300 && s.Status < 400:
		e.Message = d.Name + " wants to send me elsewhere, and I don't take the password there."
		e.Hint = "Check its host and its port in the inventory."
	case s.Status == http.StatusConflict, s.Status == http.StatusTooManyRequests, s.Status >= 500, s.Tag == "in-use", s.Tag == "resource-denied":
		e.Message = fmt.Sprintf("%s can't answer now (status %d).%s", d.Name, s.Status, said)
		e.Hint = "Try again in a minute."
	default:
		e.Kind = fault.Invalid
		e.Message = fmt.Sprintf("%s doesn't understand the question (status %d).%s", d.Name, s.Status, said)
		e.Hint = "Its release may not know this data."
	}
}

func tooLarge(d inventory.Device, limit int64) error {
	return &fault.Error{
		Kind:    fault.TooLarge,
		Message: fmt.Sprintf("%s sent more than %d MB, so I stopped reading.", d.Name, limit>>20),
		Hint:    "Ask for less.",
	}
}
