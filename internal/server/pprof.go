package server

import (
	"context"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"strings"

	"overwatch/internal/fault"
)

// sampleEvery is how many bytes are allocated between two samples: Go's default.
const sampleEvery = 512 << 10

// Profile serves Go's profiles below /debug/pprof/ on a loopback address until ctx ends. Profiles reveal
// much about the program, so only this machine may read them: requests whose Host isn't a local name are
// refused, since a web page can make a browser send those (DNS rebinding). The error is a fault of kind
// Invalid.
func Profile(ctx context.Context, address string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: "can't listen on " + address, Hint: "Free the port, or choose another with --pprof-listen.", Cause: err}
	}
	runtime.MemProfileRate = sampleEvery
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	srv := &http.Server{Handler: localOnly(mux), ReadHeaderTimeout: headerTimeout}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(l) }() // ends with ctx
	return nil
}

// localOnly refuses requests that name another host than this machine.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host // without a port
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "only for local names, such as localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
