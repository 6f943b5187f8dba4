package devicefile

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"strings"

	"overwatch/internal/inventory"
	"overwatch/internal/secret"
)

// trust converts the tls settings of user.
func (p *parser) trust(t *trust, user string, line int) inventory.TLS {
	if t == nil {
		return inventory.TLS{}
	}
	ways := 0
	for _, set := range []bool{t.CA != "", t.Pin != "", t.Insecure} {
		if set {
			ways++
		}
	}
	if ways > 1 {
		p.say(line, "%s: tls takes one of ca, pin and insecure", user)
	}
	out := inventory.TLS{CA: p.authority(t.CA, user, line), Pin: p.pin(t.Pin, user, line), Insecure: t.Insecure, Legacy: t.Legacy}
	out.Cert, out.Key = p.own(t.Cert, t.Key, user, line)
	return out
}

func (p *parser) authority(path, user string, line int) []byte {
	if path == "" {
		return nil
	}
	path = p.beside(path)
	if b, ok := p.pems[path]; ok {
		return b
	}
	b, err := os.ReadFile(path)
	if err != nil {
		p.say(line, "%s: can't read the ca file %s", user, path)
	} else if block, _ := pem.Decode(b); block == nil || block.Type != "CERTIFICATE" {
		p.say(line, "%s: the ca file %s has no PEM certificate", user, path)
	}
	p.pems[path] = b
	return b
}

// own reads the bot's own certificate and its key.
func (p *parser) own(cert, key, user string, line int) ([]byte, secret.Text) {
	if cert == "" && key == "" {
		return nil, secret.Text{}
	}
	cert, key = p.beside(cert), p.beside(key)
	p.reads = append(p.reads, cert, key)
	c, err := os.ReadFile(cert)
	k, missing := os.ReadFile(key)
	if err = errors.Join(err, missing); err == nil {
		_, err = tls.X509KeyPair(c, k)
	}
	if err != nil {
		p.say(line, "%s: tls: cert and key are files with a certificate and its key, in PEM: %v", user, err)
	}
	return c, secret.New(string(k))
}

func (p *parser) pin(text, user string, line int) []byte {
	if text == "" {
		return nil
	}
	plain := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(text), "sha256:"), ":", "")
	b, err := hex.DecodeString(plain)
	if err != nil || len(b) != sha256.Size {
		p.say(line, "%s: the pin isn't a SHA-256 fingerprint of 64 hexadecimal digits", user)
		return nil
	}
	return b
}
