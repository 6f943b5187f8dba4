package restconf

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Certificate is what a device's certificate says about itself.
type Certificate struct {
	Fingerprint string    `json:"fingerprint"` // SHA-256, as tls: pin takes it
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Names       []string  `json:"names,omitempty"` // the host names and addresses it is for
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Key         string    `json:"key"`       // such as RSA 2048
	Signature   string    `json:"signature"` // such as SHA256-RSA
	SelfSigned  bool      `json:"self_signed"`
}

func describe(c *x509.Certificate) *Certificate {
	out := &Certificate{
		Fingerprint: fingerprint(c.Raw), Subject: oneLine(c.Subject.String()), Issuer: oneLine(c.Issuer.String()),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: c.PublicKeyAlgorithm.String(), Signature: c.SignatureAlgorithm.String(),
		SelfSigned: slices.Equal(c.RawSubject, c.RawIssuer),
	}
	for _, name := range c.DNSNames {
		out.Names = append(out.Names, oneLine(name))
	}
	for _, ip := range c.IPAddresses {
		out.Names = append(out.Names, ip.String())
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
		out.Key = fmt.Sprintf("RSA %d", key.N.BitLen())
	}
	return out
}

// fingerprint returns the SHA-256 of a certificate (DER), as tls: pin takes it.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// pinError is a certificate that isn't the pinned one.
type pinError struct{ chain []*x509.Certificate }

func (e *pinError) Error() string { return "the certificate is " + fingerprint(e.chain[0].Raw) }

// refusedChain returns the certificates that a device sent and that weren't accepted, its own first, or
// nil.
func refusedChain(err error) []*x509.Certificate {
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) {
		return refused.UnverifiedCertificates
	}
	var pin *pinError
	if errors.As(err, &pin) {
		return pin.chain
	}
	return nil
}

// weakSignatures are algorithms that Go verifies no certificate with.
var weakSignatures = []x509.SignatureAlgorithm{
	x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1, x509.DSAWithSHA256,
}

// weakSignature returns the name of a certificate's algorithm if it is one of those.
func weakSignature(c *x509.Certificate) (name string, weak bool) {
	return c.SignatureAlgorithm.String(), slices.Contains(weakSignatures, c.SignatureAlgorithm)
}
