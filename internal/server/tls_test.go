package server_test

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
	"testing/synctest"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/server"
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
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		certFile, keyFile := write(t, dir, 1)
		conf, err := server.TLS(certFile, keyFile)
		if err != nil || conf.MinVersion != tls.VersionTLS12 {
			t.Fatalf("got %v %v", conf, err)
		}
		expect := func(what string, serial int64) {
			t.Helper()
			time.Sleep(time.Minute)
			pair, err := conf.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := pair.Leaf.SerialNumber.Int64(); got != serial {
				t.Errorf("%s: serial number %d", what, got)
			}
		}
		expect("at first", 1)
		if err := os.WriteFile(keyFile, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		expect("during a renewal", 1)
		write(t, dir, 2)
		expect("after the renewal", 2)
	})
}

func TestTLSRefusesWhatDoesNotFit(t *testing.T) {
	certFile, _ := write(t, t.TempDir(), 1)
	if _, err := server.TLS(certFile, certFile); fault.Of(err) != fault.Invalid {
		t.Errorf("a certificate without a key: %v", err)
	}
}
