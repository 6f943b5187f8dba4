package server

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"overwatch/internal/fault"
)

// certificate is a pair of files that is read again when one of them has changed, so that whatever
// renews certificates needs to tell nobody.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  string
	looked time.Time
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = 10 * time.Second

// TLS returns how to serve TLS 1.2 or later with a certificate and its key, which are PEM files. The
// error is a fault of kind Invalid.
func TLS(certFile, keyFile string) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: time.Now}
	if err := c.read(); err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("can't serve TLS with %s and %s", certFile, keyFile),
			Hint: "Name a certificate and its key, both in PEM, with tls-cert and tls-key.", Cause: err,
		}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

func (c *certificate) read() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err == nil {
		c.pair, c.stamp = &pair, c.stamps()
	}
	return err
}

func (c *certificate) stamps() string {
	text := ""
	for _, file := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(file); err == nil {
			text += fmt.Sprint(info.Size(), info.ModTime().UnixNano(), " ")
		}
	}
	return text
}

// get returns the certificate. While new files don't fit each other the one before goes on.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if c.stamps() != c.stamp {
			_ = c.read() // half written; it is looked at again
		}
	}
	return c.pair, nil
}
