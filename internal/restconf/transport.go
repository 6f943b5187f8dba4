package restconf

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"overwatch/internal/inventory"
)

// trust identifies TLS settings by where their certificates lie in memory, which is cheaper to compare
// than their content: devices of one file share them.
type trust struct {
	ca, cert   *byte // nil for none
	pin, key   string
	insecure   bool
	legacy     bool
	serverName string
}

func trustOf(t inventory.TLS, serverName string) trust {
	first := func(pem []byte) *byte {
		if len(pem) == 0 {
			return nil
		}
		return &pem[0]
	}
	return trust{first(t.CA), first(t.Cert), string(t.Pin), t.Key.Reveal(), t.Insecure, t.Legacy, serverName}
}

// contentOf identifies TLS settings by their content.
func contentOf(t inventory.TLS, serverName string) string {
	own := sha256.Sum256(slices.Concat(t.Cert, []byte(t.Key.Reveal())))
	return fmt.Sprintf("%x/%x/%t/%t/%x/%s", sha256.Sum256(t.CA), t.Pin, t.Insecure, t.Legacy, own, serverName)
}

// requestsPerQuery is how many requests of one query go to a device at the same time, roughly. Idle
// connections are kept for as many.
const requestsPerQuery = 3

// tlsConfig returns how a device's certificate is verified. serverName replaces the host; it is for
// addresses with a zone.
func tlsConfig(t inventory.TLS, serverName string) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: serverName}
	if t.Legacy {
		conf.MinVersion, conf.CipherSuites = tls.VersionTLS10, legacySuites()
	}
	switch {
	case len(t.Pin) > 0:
		conf.InsecureSkipVerify = true // the pin replaces the chain and the name
		conf.VerifyConnection = func(s tls.ConnectionState) error {
			have := sha256.Sum256(s.PeerCertificates[0].Raw)
			if subtle.ConstantTimeCompare(have[:], t.Pin) != 1 {
				return &pinError{s.PeerCertificates}
			}
			return nil
		}
	case t.Insecure:
		conf.InsecureSkipVerify = true
	case len(t.CA) > 0:
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(t.CA) {
			return nil, errors.New("the ca file has no certificate")
		}
	}
	if len(t.Cert) > 0 {
		own, err := tls.X509KeyPair(t.Cert, []byte(t.Key.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("the bot's own certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{own}
	}
	return conf, nil
}

// newTransport returns a transport for devices with these TLS settings.
func newTransport(conf *tls.Config, perDevice int) *http.Transport {
	return &http.Transport{
		Proxy:                 nil, // devices are in the internal network; a proxy of the environment is for Webex
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       conf,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   perDevice * requestsPerQuery,
		WriteBufferSize:       1 << 10, // requests are small, and there may be a thousand connections
		ReadBufferSize:        2 << 10, // larger reads bypass it
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true, // some servers speak nothing else
	}
}
