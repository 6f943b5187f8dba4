package restconf_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/redact"
	"overwatch/internal/restconf"
	"overwatch/internal/secret"
)

// router is a device with RESTCONF at root and these resources below it.
func router(root string, resources map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, pass, _ := r.BasicAuth()
		text, ok := resources[strings.TrimPrefix(r.URL.Path, root+"/data/")]
		switch {
		case r.URL.Path == "/.well-known/host-meta":
			_, _ = fmt.Fprintf(w, `<XRD><Link rel="restconf" href="%s"/></XRD>`, root)
		case pass != password:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == root:
			w.Header().Set("Content-Type", yang)
			_, _ = fmt.Fprint(w, `{"ietf-restconf:restconf":{}}`)
		case ok:
			w.Header().Set("Content-Type", yang)
			_, _ = fmt.Fprint(w, text)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}
}

func TestProbe(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	const hardware = "Cisco-IOS-XE-device-hardware-oper:device-hardware-data/device-hardware/device-system-data/software-version"
	good := map[string]string{hardware: `{"Cisco-IOS-XE-device-hardware-oper:software-version":"Cisco IOS Software [Dublin], C9300 Software, Version 17.12.1, RELEASE SOFTWARE (fc5)\nmore"}`}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		change  func(*inventory.Device)
		want    string // steps
		say     string
		release string
		fix     string
	}{
		"all is well":    {router("/restconf", good), nil, "name port tls root login release", "", "17.12.1", ""},
		"an old release": {router("/restconf", map[string]string{"Cisco-IOS-XE-native:native/version": `{"Cisco-IOS-XE-native:version":"16.6"}`}), nil, "name port tls root login release", "", "16.6", ""},
		"with a secret":  {router("/restconf", map[string]string{"Cisco-IOS-XE-native:native/version": `{"Cisco-IOS-XE-native:version":"of \u001b[31m enable secret 0 hunter22"}`}), nil, "name port tls root login release", "", "of [31m enable secret 0 •••", ""},
		"none known":     {router("/restconf", nil), nil, "name port tls root login release", "", "", ""},
		"elsewhere":      {router("/rests", good), nil, "name port tls root", "r1's RESTCONF is at /rests, not at /restconf.", "", "root: /rests"},
		"a wrong password": {
			router("/restconf", good), func(d *inventory.Device) { d.Login.Password = secret.New("wrong") },
			"name port tls root login", "r1 refused the login of user netops.", "", "",
		},
		"no CA": {
			router("/restconf", good), func(d *inventory.Device) { d.TLS = inventory.TLS{} },
			"name port tls", "r1's certificate isn't signed by a trusted CA.", "", fmt.Sprintf("tls: {pin: sha256:%x}", sum(cert)),
		},
		"another pin": {
			router("/restconf", good), func(d *inventory.Device) { d.TLS = inventory.TLS{Pin: make([]byte, 32)} },
			"name port tls", "r1's certificate doesn't match the pin.", "", fmt.Sprintf("tls: {pin: sha256:%x}", sum(cert)),
		},
		"a closed port": {router("/restconf", good), func(d *inventory.Device) { d.Port = freePort(t) }, "name port", "r1 refuses connections.", "", ""},
		"no name":       {router("/restconf", good), func(d *inventory.Device) { d.Host = "no-such-name.invalid" }, "name", "r1's host name can't be resolved.", "", ""},
		"no RESTCONF":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, nil, "name port tls root", "r1 has no RESTCONF at /restconf.", "", ""},
		"starting":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, nil, "name port tls root", "r1's web server is up, but RESTCONF isn't ready (status 502).", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := serve(t, cert, c.handler)
			d.TLS = inventory.TLS{CA: ca}
			if c.change != nil {
				c.change(&d)
			}
			client := restconf.New(restconf.Options{RetryAfter: time.Millisecond, Mask: redact.New()})
			t.Cleanup(client.Close)
			r := client.Probe(t.Context(), d)
			var steps []string
			for _, s := range r.Steps {
				steps = append(steps, string(s.Check))
			}
			say := ""
			if r.Err() != nil {
				say, _ = fault.Text(r.Err())
			}
			if got := strings.Join(steps, " "); got != c.want || say != c.say || r.Release != c.release || r.Fix != c.fix {
				t.Errorf("got %s, %q, release %q, fix %q", got, say, r.Release, r.Fix)
			}
			if len(steps) > 2 && (r.Certificate == nil || r.Certificate.Fingerprint != fmt.Sprintf("sha256:%x", sum(cert)) || !r.Certificate.SelfSigned) {
				t.Errorf("its certificate: %+v", r.Certificate)
			}
		})
	}
}

// A wrong password is sent once, so that no account is locked by a probe.
func TestProbeSendsAWrongPasswordOnce(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	n := 0
	d, _ := serve(t, cert, func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.WriteHeader(http.StatusUnauthorized)
	})
	d.TLS = inventory.TLS{CA: ca}
	client := restconf.New(restconf.Options{})
	t.Cleanup(client.Close)
	if r := client.Probe(t.Context(), d); fault.Of(r.Err()) != fault.Denied || n != 1 {
		t.Errorf("sent %d times: %v", n, r.Err())
	}
}

// A certificate that the named CA signed with SHA-1 isn't accepted; that is what is said.
func TestWeakSignature(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := func(name string, ca bool) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: ca, BasicConstraintsValid: true,
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
	}
	ca, leaf := template("ca", true), template("r1", false)
	leaf.SignatureAlgorithm = x509.SHA1WithRSA
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert := tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: key}
	d, _ := serve(t, cert, ok)
	d.TLS = inventory.TLS{CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})}
	client := restconf.New(restconf.Options{})
	t.Cleanup(client.Close)
	_, err = fetch(t, client, d, "m:a", "")
	say, do := fault.Text(err)
	if say != "r1's certificate is signed with SHA1-RSA, which is no longer accepted." || !strings.Contains(do, fmt.Sprintf("tls: {pin: sha256:%x}", sum(cert))) {
		t.Errorf("got %q, %q (%v)", say, do, err)
	}
	d.TLS = inventory.TLS{Pin: sum(cert)}
	if _, err = fetch(t, client, d, "m:a", ""); err != nil {
		t.Errorf("with the pin: %v", err)
	}
}
