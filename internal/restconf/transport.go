package restconf

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"overwatch/internal/inventory"
)

// transport returns the one transport of all devices whose certificates are checked alike, so that
// connections are kept and ten thousand devices under one authority don't make as many transports.
func (c *Client) transport(t inventory.TLS) (http.RoundTripper, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if rt := c.same[placeOf(t)]; rt != nil {
		return rt, nil
	}
	ca := sha256.Sum256(t.CA)
	key := fmt.Sprintf("%x/%x/%t/%x", ca, t.Pin, t.Insecure, sha256.Sum256(slices.Concat(t.Cert, []byte(t.Key.Reveal()))))
	rt := c.transports[key]
	if rt == nil {
		var err error
		if rt, err = c.options.Transport(t); err != nil {
			return nil, err
		}
		c.transports[key] = rt
	}
	if len(c.same) == maxSame { // of inventories that were replaced
		clear(c.same)
	}
	c.same[placeOf(t)] = rt
	return rt, nil
}

// maxSame bounds what is remembered of how certificates were checked.
const maxSame = 1000

// place is where what certificates are checked with lies in memory: devices of one file share it, and
// comparing it takes less than reading through an authority for each request.
type place struct {
	ca, cert part
	pin      string
	insecure bool
	key      string
}

type part struct {
	first  *byte // nil of nothing
	length int
}

func placeOf(t inventory.TLS) place {
	return place{partOf(t.CA), partOf(t.Cert), string(t.Pin), t.Insecure, t.Key.Reveal()}
}

func partOf(text []byte) part {
	if len(text) == 0 {
		return part{}
	}
	return part{&text[0], len(text)}
}

var errWrongPin = errors.New("the certificate isn't the pinned one")

// together is for how many requests of each question to a device connections are kept.
const together = 3

// newTransport keeps as many connections to a device as there may be questions to it.
func newTransport(t inventory.TLS, perDevice int) (http.RoundTripper, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case len(t.Pin) > 0:
		conf.InsecureSkipVerify = true // the pin takes the place of the chain and the name
		conf.VerifyConnection = func(s tls.ConnectionState) error {
			have := sha256.Sum256(s.PeerCertificates[0].Raw)
			if subtle.ConstantTimeCompare(have[:], t.Pin) != 1 {
				return fmt.Errorf("%w: it has %s", errWrongPin, hex.EncodeToString(have[:]))
			}
			return nil
		}
	case t.Insecure:
		conf.InsecureSkipVerify = true
	case len(t.CA) > 0:
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(t.CA) {
			return nil, errors.New("the ca file holds no certificate")
		}
	}
	if len(t.Cert) > 0 {
		own, err := tls.X509KeyPair(t.Cert, []byte(t.Key.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("our own certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{own}
	}
	return &http.Transport{
		// Devices stand in our own network: a proxy from the environment is for the way to Webex.
		Proxy:                 nil,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       conf,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   perDevice * together,
		WriteBufferSize:       1 << 10, // requests are small, and there may be a thousand connections
		ReadBufferSize:        2 << 10, // what is larger goes past it
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true, // some servers speak nothing else
	}, nil
}
