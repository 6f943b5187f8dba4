package restconf

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

var (
	errTimeout = errors.New("the device took too long")
	errNoSlot  = errors.New("other queries used the device the whole time")
	errCutOff  = errors.New("the response ended early")
)

// explain turns any error of a request into a fault with the device's name. Its address stays in the
// cause, since the message is posted to a public cloud.
func explain(ctx context.Context, d inventory.Device, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	e := &fault.Error{Kind: fault.Unavailable, Cause: err}
	if s := statusOf(err); s != nil {
		explainStatus(e, d, s)
	} else if !explainTLS(ctx, e, d, err) {
		explainNetwork(ctx, e, d, err)
	}
	return e
}

func explainNetwork(ctx context.Context, e *fault.Error, d inventory.Device, err error) {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Message = d.Name + " refuses connections."
		e.Hint = "Check that it is up, and its port in the inventory. On IOS-XE: ip http secure-server, restconf."
	case errors.As(err, &dns):
		e.Message = d.Name + "'s host name can't be resolved."
		e.Hint = "Check its host in the inventory and the DNS servers of the bot's machine."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.Message = "No route to " + d.Name + "."
		e.Hint = "Check the routes from the bot's machine."
	case errors.Is(context.Cause(ctx), errNoSlot):
		e.Message = d.Name + " is busy with other queries."
		e.Hint = "Try again in a minute."
	case errors.Is(context.Cause(ctx), errTimeout), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Kind = fault.Timeout
		e.Message = d.Name + " took too long to answer."
		e.Hint = "Try again when it is less busy."
	case errors.Is(err, errCutOff):
		e.Message = d.Name + " broke off in the middle of its response."
		e.Hint = "Try again. If it stays, the response may be too large for the device."
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.Contains(err.Error(), "server closed idle connection"), strings.Contains(err.Error(), "server sent GOAWAY"), strings.HasPrefix(err.Error(), "stream error:"):
		e.Message = d.Name + " closed the connection before it answered."
		e.Hint = "Try again in a minute. On IOS-XE: show platform software yang-management process."
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "transport connection broken"), strings.Contains(err.Error(), "http2: "):
		e.Message = d.Name + " sent something that isn't HTTP."
		e.Hint = "Check its port in the inventory."
	default:
		e.Message = "The request to " + d.Name + " failed."
		e.Hint = "The log has the reason."
	}
}

// explainTLS explains what goes wrong before the first byte of HTTP. It reports whether err is of that
// kind.
func explainTLS(ctx context.Context, e *fault.Error, d inventory.Device, err error) bool {
	var (
		record    tls.RecordHeaderError
		op        *net.OpError
		wrongName x509.HostnameError
		invalid   x509.CertificateInvalidError
		pin       *pinError
		unknown   x509.UnknownAuthorityError
	)
	text := err.Error()
	chain := refusedChain(err)
	switch {
	case errors.As(err, &pin):
		e.Message = d.Name + "'s certificate doesn't match the pin."
		e.Hint = "If it was renewed, update the pin; otherwise the connection may be intercepted." + offerPin(chain)
	case strings.Contains(text, "RSA key"), strings.Contains(text, "bit keys are insecure"):
		e.Message = d.Name + "'s certificate has an RSA key that is too short or too long to be safe."
		e.Hint = "Create one with 2048 bits or more. On IOS-XE: crypto key generate rsa modulus 2048."
	case strings.Contains(text, "negative serial number"):
		e.Message = d.Name + "'s certificate has a negative serial number, which no TLS library accepts."
		e.Hint = "Create a new certificate on the device."
	case strings.Contains(text, "failed to parse certificate"):
		e.Message = d.Name + "'s certificate is malformed."
		e.Hint = "Create a new certificate on the device."
	case errors.As(err, &unknown):
		explainUntrusted(e, d, chain)
	case errors.As(err, &wrongName):
		e.Message = d.Name + "'s certificate is for another name than its host in the inventory."
		e.Hint = "Use a name from the certificate as host, or pin it." + offerPin(chain)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Message = fmt.Sprintf("%s's certificate is valid from %s to %s only.", d.Name, invalid.Cert.NotBefore.Format("2006-01-02"), invalid.Cert.NotAfter.Format("2006-01-02"))
		e.Hint = "Renew it, check the clocks, or pin it." + offerPin(chain)
	case errors.As(err, &invalid):
		e.Message = d.Name + "'s certificate isn't one for a web server."
		e.Hint = "Give the device another trustpoint, or pin this certificate." + offerPin(chain)
	case errors.As(err, &record):
		e.Message = d.Name + " doesn't speak TLS on its port."
		e.Hint = "Check the port in the inventory. On IOS-XE: ip http secure-server."
	case errors.As(err, &op) && op.Op == "remote error": // how crypto/tls names an alert of the peer
		explainAlert(ctx, e, d, text)
	case strings.Contains(text, "unsupported protocol version"):
		explainOldTLS(e, d, "")
	default:
		return false
	}
	return true
}

// explainUntrusted tells a certificate that nobody vouches for from one whose signature is too weak to
// be verified.
func explainUntrusted(e *fault.Error, d inventory.Device, chain []*x509.Certificate) {
	for _, c := range chain {
		if name, weak := weakSignature(c); weak && len(d.TLS.CA) > 0 {
			e.Message = fmt.Sprintf("%s's certificate is signed with %s, which is no longer accepted.", d.Name, name)
			e.Hint = "Have it signed with SHA-256, or pin it." + offerPin(chain)
			return
		}
	}
	e.Message = d.Name + "'s certificate isn't signed by a trusted CA."
	e.Hint = "Set tls: {ca: FILE} in the inventory, or pin the certificate." + offerPin(chain)
}

// offerPin is the setting that pins what a device showed.
func offerPin(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	return " Compare it on the device first: tls: {pin: " + fingerprint(chain[0].Raw) + "}"
}

// Settings of IOS-XE. The first has been there since 16.8; the second names the suite that every
// client of today has.
const (
	fixVersion = "ip http tls-version TLSv1.2"
	fixSuite   = "ip http secure-ciphersuite ecdhe-rsa-aes-gcm-sha2"
	orLegacy   = " Or set tls: {legacy: true} in the inventory."
)

// explainAlert explains that a device broke off the handshake. Where it doesn't say why, it is asked
// what it would have accepted.
func explainAlert(ctx context.Context, e *fault.Error, d inventory.Device, text string) {
	e.Message = d.Name + " broke off the TLS handshake."
	e.Hint = "It may want a certificate of the bot (tls: {cert: FILE, key: FILE}). On IOS-XE, check the trustpoint of ip http secure-server."
	if strings.Contains(text, "certificate") {
		e.Message = d.Name + " wants to see a certificate of the bot."
		e.Hint = "Set tls: {cert: FILE, key: FILE} in the inventory."
		return
	}
	o, err := askOffer(context.WithoutCancel(ctx), address(d))
	switch {
	case err != nil || o.modern():
	case o.version < tls.VersionTLS12:
		explainOldTLS(e, d, tls.VersionName(o.version))
	default:
		e.Message = fmt.Sprintf("%s and the bot have no TLS cipher in common. %[1]s offers %s.", d.Name, o.name())
		e.Hint = "On IOS-XE: " + fixSuite + "."
		if o.legacy() && !d.TLS.Legacy {
			e.Hint += orLegacy
		}
	}
}

func explainOldTLS(e *fault.Error, d inventory.Device, version string) {
	if version == "" {
		version = "a TLS version before 1.2"
	}
	e.Message = fmt.Sprintf("%s only speaks %s.", d.Name, version)
	e.Hint = "On IOS-XE: " + fixVersion + "."
	if !d.TLS.Legacy {
		e.Hint += orLegacy
	}
}

func explainStatus(e *fault.Error, d inventory.Device, s *statusError) {
	says := ""
	if s.Message != "" {
		says = " It says: " + strings.TrimRight(s.Message, " .") + "."
	}
	switch s.outcome() {
	case unauthorized:
		e.Kind = fault.Denied
		e.Message = fmt.Sprintf("%s refused the login of user %s.", d.Name, d.Login.Username)
		e.Hint = "Check the password. The bot doesn't try again by itself, to keep the account from being locked."
	case denied:
		e.Kind = fault.Denied
		e.Message = fmt.Sprintf("%s doesn't let user %s read this.%s", d.Name, d.Login.Username, says)
		e.Hint = "On IOS-XE the account needs privilege level 15."
	case none, missing:
		e.Kind = fault.NotFound
		e.Message = d.Name + " returned no data for this query."
		e.Hint = "Nothing of this kind is configured, or its release doesn't support this data."
	case unsupported:
		e.Kind = fault.NotFound
		e.Message = d.Name + " doesn't support this data."
		e.Hint = "Its release may be too old, or it needs another platform in the inventory."
	case redirected:
		e.Message = d.Name + " answered with a redirect, which is refused to protect the password."
		e.Hint = "Check its host and port in the inventory."
	case busy:
		e.Message = fmt.Sprintf("%s is busy (status %d).%s", d.Name, s.Status, says)
		e.Hint = "Try again in a minute."
	case starting:
		e.Message = fmt.Sprintf("%s's web server is up, but RESTCONF isn't ready (status %d).%s", d.Name, s.Status, says)
		e.Hint = "Try again in a minute. On IOS-XE: show platform software yang-management process."
	default:
		if s.Status >= http.StatusInternalServerError {
			e.Message = fmt.Sprintf("%s reports an internal error (status %d).%s", d.Name, s.Status, says)
			e.Hint = "Try again in a minute."
			return
		}
		e.Kind = fault.Invalid
		e.Message = fmt.Sprintf("%s rejected the request (status %d).%s", d.Name, s.Status, says)
		e.Hint = "Its release may not support this data."
	}
}

func tooLarge(d inventory.Device, limit int64) error {
	return &fault.Error{
		Kind:    fault.TooLarge,
		Message: fmt.Sprintf("%s sent more than %d MB; the rest is left out.", d.Name, limit>>20),
		Hint:    "Narrow the query, or raise answer-size.",
	}
}
