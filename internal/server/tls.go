package server

import (
	"crypto/tls"
	"fmt"

	"overwatch/internal/fault"
	"overwatch/internal/follow"
)

// TLS returns a configuration that serves TLS 1.2 or later with the certificate and key in two PEM
// files. They are read again when they change, so renewing a certificate needs no restart; while the
// two don't fit each other the last good pair stays. The error is a fault of kind Invalid.
func TLS(certFile, keyFile string) (*tls.Config, error) {
	pair, err := follow.Read(func() (tls.Certificate, error) { return tls.LoadX509KeyPair(certFile, keyFile) }, certFile, keyFile)
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("can't serve TLS with %s and %s", certFile, keyFile),
			Hint: "Set tls-cert and tls-key to a certificate and its key, both in PEM.", Cause: err,
		}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		current := pair.Get()
		return &current, nil
	}}, nil
}
