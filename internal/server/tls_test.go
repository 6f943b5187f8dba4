package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"overwatch/internal/fault"
)

// write makes a certificate with a serial number and writes it and its key.
func write(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"bot.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// A renewed certificate is served without a restart; half of one isn't.
func TestCertificateIsRenewed(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := write(t, dir, 1)
	now := time.Now()
	c := &certificate{certFile: certFile, keyFile: keyFile, now: func() time.Time { return now }}
	if err := c.read(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("got %d", got)
	}
	if err := os.WriteFile(keyFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if got := serial(); got != 1 {
		t.Errorf("of half a renewal: %d", got)
	}
	write(t, dir, 2)
	now = now.Add(time.Minute)
	if got := serial(); got != 2 {
		t.Errorf("after the renewal: %d", got)
	}
}

func TestTLS(t *testing.T) {
	certFile, keyFile := write(t, t.TempDir(), 1)
	conf, err := TLS(certFile, keyFile)
	if err != nil || conf.MinVersion != tls.VersionTLS12 {
		t.Errorf("got %v %v", conf, err)
	}
	if _, err := TLS(certFile, certFile); fault.Of(err) != fault.Invalid {
		t.Errorf("a certificate without a key: %v", err)
	}
}
