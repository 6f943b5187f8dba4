package server_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/server"
)

// Profiles are served to local names only, and a port that is taken is named.
func TestProfile(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := server.Profile(ctx, address); fault.Of(err) != fault.Invalid {
		t.Errorf("a port that is taken: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Profile(ctx, address); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"localhost": 200, "localhost:6060": 200, "127.0.0.1": 200, "[::1]:6060": 200, "evil.example": 403, "evil.example:6060": 403, "127.0.0.1.evil.example": 403, "192.0.2.1": 403} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/debug/pprof/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("Host %s: %s", host, resp.Status)
		}
		_ = resp.Body.Close()
	}
	for path, want := range map[string]int{"/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/profile?seconds=1": 200, "/debug/pprof/cmdline": 404, "/": 404} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
		_ = resp.Body.Close()
	}
}
