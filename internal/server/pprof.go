package server

import (
	"context"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"

	"overwatch/internal/fault"
)

// sampleEvery is how many bytes are allocated between samples of allocations, as Go has it by itself.
const sampleEvery = 512 << 10

// Profile serves Go's profiles below /debug/pprof/ on an address of the machine itself, until ctx ends.
// They tell much of what the program does, so nobody else may ask for them. The error is a fault of kind
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
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(l) }() // ends with ctx
	return nil
}
