package netbox_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"overwatch/internal/inventory/netbox"
	"overwatch/internal/secret"
)

// proxy is an HTTP proxy that passes nothing on, and notes what it saw.
type proxy struct {
	mu   sync.Mutex
	seen []string
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, r.Method+" "+r.Host+" "+r.Header.Get("Authorization"))
	w.WriteHeader(http.StatusBadGateway)
}

// A proxy of the environment is used for https only, whose requests it can't read; the setting is used always.
// The environment is read once in a process, so each case is one.
func TestProxies(t *testing.T) {
	if at := os.Getenv("NETBOX_OF_TEST"); at != "" {
		s, err := netbox.New(netbox.Options{URL: at, Token: secret.New(token), Proxy: os.Getenv("PROXY_OF_TEST")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Devices(t.Context()); err == nil {
			t.Error("there is no NetBox")
		}
		return
	}
	for name, c := range map[string]struct {
		url, environment, setting string
		want                      string // the method that the proxy sees; empty for none
	}{
		"https, environment": {"https://netbox.invalid", "P", "", http.MethodConnect},
		"http, environment":  {"http://netbox.invalid", "P", "", ""},
		"http, setting":      {"http://netbox.invalid", "", "P", http.MethodGet},
		"https, setting":     {"https://netbox.invalid", "http://other.invalid", "P", http.MethodConnect},
		"https, none":        {"https://netbox.invalid", "P", "none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := &proxy{}
			server := httptest.NewServer(p)
			defer server.Close()
			at := func(s string) string { return strings.Replace(s, "P", server.URL, 1) }
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxies$")
			cmd.Env = append(os.Environ(), "NETBOX_OF_TEST="+c.url, "PROXY_OF_TEST="+at(c.setting), "HTTP_PROXY="+at(c.environment), "HTTPS_PROXY="+at(c.environment))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			saw := strings.Join(p.seen, ", ")
			if (saw == "") != (c.want == "") || !strings.HasPrefix(saw, c.want) {
				t.Errorf("the proxy saw %q", saw)
			}
			if strings.Contains(saw, token) && c.setting != "P" {
				t.Error("the proxy saw the token")
			}
		})
	}
	for _, wrong := range []string{"proxy", "://", "netbox:3128"} {
		if _, err := netbox.New(netbox.Options{URL: "https://netbox.invalid", Proxy: wrong}); err == nil {
			t.Errorf("%s is taken for an address", wrong)
		}
	}
}
