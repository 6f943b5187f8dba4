package app_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"overwatch/internal/config"
)

// With a certificate the bot's own port speaks TLS and nothing else, 1.2 at least.
func TestServesTLS(t *testing.T) {
	other := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(other.Close)
	pair := other.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, func(c *config.Config) {
		c.Server.TLSCert, c.Server.TLSKey = filepath.Join(dir, "cert"), filepath.Join(dir, "key")
		c.Transport.Transport, c.Webhook.PublicURL = "websocket", ""
		c.Webex.WebexU2CURL = strings.TrimSuffix(c.Webex.WebexAPIURL, "/v1") + "/u2c/api/v1"
	})
	trusted := x509.NewCertPool()
	trusted.AddCert(other.Certificate())
	for name, c := range map[string]struct {
		scheme string
		most   uint16
		want   bool
	}{"TLS": {"https://", tls.VersionTLS13, true}, "TLS 1.1": {"https://", tls.VersionTLS11, false}, "none": {"http://", 0, false}} {
		way := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS10, MaxVersion: c.most}}
		resp, err := (&http.Client{Transport: way}).Get(c.scheme + w.app.Addr().String() + "/healthz") //nolint:noctx // a test
		if ok := err == nil && resp.StatusCode == http.StatusOK; ok != c.want {
			t.Errorf("%s: %v %v", name, resp, err)
		}
		if err == nil {
			_ = resp.Body.Close()
		}
		way.CloseIdleConnections()
	}
}

// Devices whose certificates aren't checked are named at the start, and on every card.
func TestUncheckedCertificatesAreSaid(t *testing.T) {
	w := newWorld(t, func(c *config.Config) {
		text, err := os.ReadFile(c.Inventory)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), "name: r1,", "name: r1, tls: {insecure: true},", 1)
		if changed == string(text) {
			t.Fatalf("r1 isn't there: %s", text)
		}
		if err := os.WriteFile(c.Inventory, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if !strings.Contains(w.log.String(), "certificates aren't checked, so anyone between the bot and these devices can read their login: r1\"") {
		t.Error("nothing is said at the start")
	}
	room := w.direct(w.alice)
	w.say(w.alice, room, "vrf r1")
	w.expect("certificate not verified")
	w.say(w.alice, room, "vrf r2")
	if m := w.expect("**r2**")["markdown"].(string); strings.Contains(m, "not verified") {
		t.Errorf("it is said of r2 too: %s", m)
	}
}
