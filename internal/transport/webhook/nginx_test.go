package webhook_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The documented nginx in front of frps passes a delivery on as it is, with the host by which frps chooses
// the proxy, and nothing but deliveries.
func TestDocumentedNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("nginx isn't installed")
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(readme)
	if found == nil {
		t.Fatal("the README has no configuration of nginx")
	}
	type delivery struct{ host, path, signature, body string }
	var got []delivery
	frps := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, delivery{r.Host, r.URL.Path, r.Header.Get("X-Spark-Signature"), string(body)})
	}))
	defer frps.Close()

	dir := t.TempDir()
	trusted := certificate(t, dir, "hooks.example.com")
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	public := free.Addr().String()
	_ = free.Close()
	server := strings.NewReplacer(
		"listen 443 ssl", "listen "+public+" ssl", "/etc/ssl/", dir+"/", "127.0.0.1:8080", strings.TrimPrefix(frps.URL, "http://"),
	).Replace(string(found[1]))
	file := filepath.Join(dir, "nginx.conf")
	conf := fmt.Sprintf("pid %s/pid;\ndaemon off;\nmaster_process off;\nerror_log stderr info;\nevents {}\nhttp {\naccess_log off;\n%s\n}\n", dir, server)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		conf = strings.Replace(conf, "access_log off;", fmt.Sprintf("access_log off;\n%s_temp_path %s/%s;", kind, dir, kind), 1)
	}
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), nginx, "-t", "-e", "stderr", "-c", file).CombinedOutput(); err != nil {
		t.Fatalf("nginx doesn't accept the configuration: %v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), nginx, "-e", "stderr", "-c", file)
	log, err := run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "nginx/") { // it listens by then
		t.Log(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	defer func() { _ = run.Process.Kill(); _ = run.Wait() }()

	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "hooks.example.com", MinVersion: tls.VersionTLS12},
	}}
	defer client.CloseIdleConnections()
	post := func(path string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+public+path, strings.NewReader(`{"é": 1}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "hooks.example.com"
		req.Header.Set("X-Spark-Signature", "abc")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if status := post("/webex-webhooks"); status != http.StatusOK {
		t.Errorf("a delivery got %d", status)
	}
	for _, path := range []string{"/metrics", "/", "/webex-webhooks/x"} {
		if status := post(path); status == http.StatusOK {
			t.Errorf("%s got %d", path, status)
		}
	}
	if want := (delivery{"hooks.example.com", "/webex-webhooks", "abc", `{"é": 1}`}); len(got) != 1 || got[0] != want {
		t.Errorf("frps got %+v", got)
	}
}

// certificate writes a key and a certificate for a host, and returns what trusts it.
func certificate(t *testing.T, dir, host string) *x509.CertPool {
	t.Helper()
	other := httptest.NewTLSServer(nil) // its certificate is for example.com and its subdomains
	defer other.Close()
	pair := other.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{host + ".pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, host + ".key": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(other.Certificate())
	return pool
}
