package restconf_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
	"overwatch/internal/secret"
)

// certificate makes one that signs itself.
func certificate(t *testing.T, name string, until time.Duration, usage ...x509.ExtKeyUsage) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: usage,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(until),
	}
	if ip := net.ParseIP(name); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// serve is a device with a certificate; it counts connections.
func serve(t *testing.T, cert tls.Certificate, handler http.HandlerFunc) (inventory.Device, *atomic.Int32) {
	t.Helper()
	return serveTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, handler)
}

func serveTLS(t *testing.T, conf *tls.Config, handler http.HandlerFunc) (inventory.Device, *atomic.Int32) {
	t.Helper()
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(handler)
	s.TLS = conf
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return deviceAt(s), &connections
}

func deviceAt(s *httptest.Server) inventory.Device {
	at := netip.MustParseAddrPort(s.Listener.Addr().String())
	d := device()
	d.Host, d.Port = at.Addr().String(), int(at.Port())
	return d
}

func ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", yang)
	_, _ = io.WriteString(w, `{"m:a":1}`)
}

func TestCertificates(t *testing.T) {
	good, ca := certificate(t, "127.0.0.1", time.Hour)
	_, foreign := certificate(t, "127.0.0.1", time.Hour)
	misnamed, misnamedCA := certificate(t, "other.example", time.Hour)
	expired, expiredCA := certificate(t, "127.0.0.1", -time.Hour)
	unfit, unfitCA := certificate(t, "127.0.0.1", time.Hour, x509.ExtKeyUsageClientAuth)
	pin := sha256.Sum256(good.Certificate[0])
	for name, c := range map[string]struct {
		cert tls.Certificate
		tls  inventory.TLS
		say  string
	}{
		"its authority":          {good, inventory.TLS{CA: ca}, ""},
		"its pin":                {good, inventory.TLS{Pin: pin[:]}, ""},
		"insecure":               {good, inventory.TLS{Insecure: true}, ""},
		"the system's":           {good, inventory.TLS{}, "r1's certificate isn't signed by a trusted CA."},
		"another authority":      {good, inventory.TLS{CA: foreign}, "r1's certificate isn't signed by a trusted CA."},
		"another pin":            {misnamed, inventory.TLS{Pin: pin[:]}, "r1's certificate doesn't match the pin."},
		"another name":           {misnamed, inventory.TLS{CA: misnamedCA}, "r1's certificate is for another name than its host in the inventory."},
		"expired":                {expired, inventory.TLS{CA: expiredCA}, "r1's certificate is valid from "},
		"a client's":             {unfit, inventory.TLS{CA: unfitCA}, "r1's certificate isn't one for a web server."},
		"a pin of an expired":    {expired, inventory.TLS{Pin: sum(expired)}, ""},
		"insecure and misnamed":  {misnamed, inventory.TLS{Insecure: true}, ""},
		"nothing but a bad file": {good, inventory.TLS{CA: []byte("nothing")}, "The request to r1 failed."},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := serve(t, c.cert, ok)
			d.TLS = c.tls
			client := restconf.New(restconf.Options{})
			t.Cleanup(client.Close)
			_, err := fetch(t, client, d, "m:a", "")
			say := ""
			if err != nil {
				say, _ = fault.Text(err)
			}
			if len(say) < len(c.say) || say[:len(c.say)] != c.say || (c.say == "" && say != "") {
				t.Errorf("got %q (%v), want %q", say, err, c.say)
			}
		})
	}
}

func sum(c tls.Certificate) []byte {
	s := sha256.Sum256(c.Certificate[0])
	return s[:]
}

// One connection serves question after question, and questions that differ only in the device's
// trust don't share it.
func TestConnectionsAreKept(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	d, connections := serve(t, cert, ok)
	d.TLS = inventory.TLS{CA: ca}
	c := restconf.New(restconf.Options{})
	t.Cleanup(c.Close)
	for range 5 {
		if _, err := fetch(t, c, d, "m:a", ""); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for five questions", n)
	}
	d.TLS = inventory.TLS{Pin: sum(cert)}
	if _, err := fetch(t, c, d, "m:a", ""); err != nil {
		t.Fatal(err)
	}
	if n := connections.Load(); n != 2 {
		t.Errorf("another trust reused a connection: %d", n)
	}
}

func TestBrokenAnswers(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		timeout time.Duration
		say     string
	}{
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", yang)
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"m:a":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, 0, "r1 broke off in the middle of its response."},
		"a slow drip": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", yang)
			_, _ = io.WriteString(w, `{"m:a":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, 300 * time.Millisecond, "r1 took too long to answer."},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := serve(t, cert, c.handler)
			d.TLS = inventory.TLS{CA: ca}
			client := restconf.New(restconf.Options{ReadTimeout: c.timeout})
			t.Cleanup(client.Close)
			_, err := fetch(t, client, d, "m:a", "")
			if say, _ := fault.Text(err); say != c.say {
				t.Errorf("got %q (%v)", say, err)
			}
		})
	}
}

func TestNoTLS(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(ok))
	t.Cleanup(s.Close)
	c := restconf.New(restconf.Options{})
	t.Cleanup(c.Close)
	_, err := fetch(t, c, deviceAt(s), "m:a", "")
	if say, _ := fault.Text(err); say != "r1 doesn't speak TLS on its port." {
		t.Errorf("got %q (%v)", say, err)
	}
}

// A device may refuse at the handshake; the reason differs, and none of them shows the login.
func TestRefusedHandshakes(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	for name, c := range map[string]struct {
		conf *tls.Config
		want string
	}{
		"an old version":       {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "r1 only speaks TLS 1.1."},
		"a client certificate": {&tls.Config{ClientAuth: tls.RequireAnyClientCert}, "r1 wants to see a certificate of the bot."},
		"the same in TLS 1.2":  {&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, "r1 broke off the TLS handshake."},
	} {
		t.Run(name, func(t *testing.T) {
			c.conf.Certificates = []tls.Certificate{cert}
			d, _ := serveTLS(t, c.conf, ok)
			d.TLS = inventory.TLS{CA: ca}
			client := restconf.New(restconf.Options{})
			t.Cleanup(client.Close)
			_, err := fetch(t, client, d, "m:a", "")
			if say, _ := fault.Text(err); say != c.want {
				t.Errorf("got %q (%v)", say, err)
			}
			login := base64.StdEncoding.EncodeToString([]byte("netops:" + password))
			if shown := fmt.Sprintf("%+v %#v", err, err); strings.Contains(shown, password) || strings.Contains(shown, login) {
				t.Error("the password is shown")
			}
		})
	}
}

// Some servers speak HTTP/2 and nothing else.
func TestHTTP2(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		ok(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	d := deviceAt(s)
	d.TLS = inventory.TLS{CA: ca}
	c := restconf.New(restconf.Options{})
	t.Cleanup(c.Close)
	for range 3 {
		if got, err := fetch(t, c, d, "m:a", ""); err != nil || got != `{"m:a":1}` {
			t.Errorf("got %s %v", got, err)
		}
	}
}

// A device may want to see a certificate of ours.
func TestOwnCertificate(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	own, ownCA := certificate(t, "overwatch.example", time.Hour, x509.ExtKeyUsageClientAuth)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(ownCA)
	d, _ := serveTLS(t, &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted,
	}, ok)
	d.TLS = inventory.TLS{CA: ca}
	c := restconf.New(restconf.Options{})
	t.Cleanup(c.Close)
	if _, err := fetch(t, c, d, "m:a", ""); err == nil {
		t.Error("without one it answers")
	}
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	d.TLS.Cert, d.TLS.Key = ownCA, secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	if got, err := fetch(t, c, d, "m:a", ""); err != nil || got != `{"m:a":1}` {
		t.Errorf("with it: %s %v", got, err)
	}
}
