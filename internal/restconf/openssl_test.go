package restconf_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
)

// openssl runs it, or skips the test where it isn't installed; with CI=true that fails the test.
func openssl(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("openssl isn't installed")
	}
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
}

// serveOpenSSL runs a TLS server that isn't Go's, which offers what Go can't, and returns its device
// and the fingerprint of its certificate.
func serveOpenSSL(t *testing.T, key, hash string, certificate []string, args ...string) (inventory.Device, string, []byte) {
	t.Helper()
	dir := t.TempDir()
	keyFile, certFile := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	openssl(t, append([]string{
		"req", "-x509", "-newkey", key, "-nodes", "-keyout", keyFile, "-out", certFile, "-subj", "/CN=127.0.0.1", "-" + hash,
		"-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
	}, certificate...)...)
	src, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(src)
	sum := sha256.Sum256(block.Bytes)

	port := freePort(t)
	server := exec.CommandContext(t.Context(), "openssl", append([]string{
		"s_server", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-key", keyFile, "-cert", certFile, "-www",
	}, args...)...)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = server.Stdout
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	lines := bufio.NewScanner(out)
	var said []string
	for lines.Scan() {
		if said = append(said, lines.Text()); lines.Text() == "ACCEPT" { // it listens
			go func() {
				for lines.Scan() { // so that it isn't held up by its output
				}
			}()
			d := device()
			d.Host, d.Port = "127.0.0.1", port
			return d, fmt.Sprintf("sha256:%x", sum), src
		}
	}
	t.Fatalf("openssl s_server doesn't listen: %s", said)
	return inventory.Device{}, "", nil
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// The causes of handshakes that fail are named, with what helps; legacy does what Go can do.
func TestOldTLS(t *testing.T) {
	const suite, legacy = "On IOS-XE: ip http secure-ciphersuite ecdhe-rsa-aes-gcm-sha2.", " Or set tls: {legacy: true} in the inventory."
	const gets = "r1 sent text/html instead of data." // TLS works, and s_server sends its page
	common := "r1 and the bot have no TLS cipher in common. r1 offers "
	for name, c := range map[string]struct {
		args    []string
		say, do string
		legacy  string // what legacy makes of it
	}{
		"RSA key exchange, CBC":   {[]string{"-cipher", "AES256-SHA", "-tls1_2"}, common + "TLS_RSA_WITH_AES_256_CBC_SHA.", suite + legacy, gets},
		"RSA key exchange, GCM":   {[]string{"-cipher", "AES128-GCM-SHA256", "-tls1_2"}, common + "TLS_RSA_WITH_AES_128_GCM_SHA256.", suite + legacy, gets},
		"RSA, CBC-SHA256":         {[]string{"-cipher", "AES256-SHA256", "-tls1_2"}, common + "TLS_RSA_WITH_AES_256_CBC_SHA256.", suite, common + "TLS_RSA_WITH_AES_256_CBC_SHA256."},
		"ephemeral DH, CBC":       {[]string{"-cipher", "DHE-RSA-AES256-SHA256", "-tls1_2"}, common + "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256.", suite, common + "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256."},
		"ephemeral DH, GCM":       {[]string{"-cipher", "DHE-RSA-AES128-GCM-SHA256", "-tls1_2"}, common + "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256.", suite, common + "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256."},
		"ECDHE, CBC-SHA384":       {[]string{"-cipher", "ECDHE-RSA-AES256-SHA384", "-tls1_2"}, common + "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384.", suite, common + "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384."},
		"ECDHE, CBC-SHA256":       {[]string{"-cipher", "ECDHE-RSA-AES128-SHA256", "-tls1_2"}, common + "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256.", suite + legacy, gets},
		"TLS 1.0":                 {[]string{"-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0", "-tls1"}, "r1 only speaks TLS 1.0.", "On IOS-XE: ip http tls-version TLSv1.2." + legacy, gets},
		"TLS 1.1":                 {[]string{"-cipher", "AES128-SHA:@SECLEVEL=0", "-tls1_1"}, "r1 only speaks TLS 1.1.", "On IOS-XE: ip http tls-version TLSv1.2." + legacy, gets},
		"a certificate is wanted": {[]string{"-Verify", "1", "-tls1_2"}, "r1 broke off the TLS handshake.", "It may want a certificate of the bot (tls: {cert: FILE, key: FILE}). On IOS-XE, check the trustpoint of ip http secure-server.", "r1 broke off the TLS handshake."},
		"the same in TLS 1.3":     {[]string{"-Verify", "1", "-tls1_3"}, "r1 wants to see a certificate of the bot.", "Set tls: {cert: FILE, key: FILE} in the inventory.", "r1 wants to see a certificate of the bot."},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, ca := serveOpenSSL(t, "rsa:2048", "sha256", nil, c.args...)
			client := restconf.New(restconf.Options{})
			t.Cleanup(client.Close)
			d.TLS.CA = ca
			_, err := fetch(t, client, d, "m:a", "")
			if say, do := fault.Text(err); say != c.say || do != c.do {
				t.Errorf("got %q, %q (%v)", say, do, err)
			}
			d.TLS.Legacy = true
			_, err = fetch(t, client, d, "m:a", "")
			if say, do := fault.Text(err); say != c.legacy || strings.Contains(do, "legacy") {
				t.Errorf("with legacy: %q, %q (%v)", say, do, err)
			}
		})
	}
}

// Certificates that Go refuses are named, with the fingerprint to pin where that helps.
func TestOldCertificates(t *testing.T) {
	for name, c := range map[string]struct {
		key, hash   string
		certificate []string
		ca          bool
		say         string
		pin         bool
	}{
		"self-signed":       {"rsa:2048", "sha256", nil, false, "r1's certificate isn't signed by a trusted CA.", true},
		"a negative serial": {"rsa:2048", "sha256", []string{"-set_serial", "-5"}, false, "r1's certificate has a negative serial number, which no TLS library accepts.", false},
		"768 bits":          {"rsa:768", "sha256", nil, true, "r1's certificate has an RSA key that is too short or too long to be safe.", false},
	} {
		t.Run(name, func(t *testing.T) {
			d, fingerprint, ca := serveOpenSSL(t, c.key, c.hash, c.certificate, "-cipher", "DEFAULT:@SECLEVEL=0")
			client := restconf.New(restconf.Options{})
			t.Cleanup(client.Close)
			if c.ca {
				d.TLS.CA = ca
			}
			_, err := fetch(t, client, d, "m:a", "")
			if say, do := fault.Text(err); say != c.say || strings.Contains(do, "tls: {pin: "+fingerprint+"}") != c.pin {
				t.Errorf("got %q, %q (%v)", say, do, err)
			}
			if r := client.Probe(t.Context(), d); r.Err() == nil || (r.Fix == "tls: {pin: "+fingerprint+"}") != c.pin {
				t.Errorf("the probe says %+v", r)
			}
		})
	}
}
