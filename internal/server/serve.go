package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"overwatch/internal/fault"
)

// shutdownWithin is how long running requests may take when the server stops.
const shutdownWithin = 30 * time.Second

// Listen listens on host:port. The error is a fault of kind Invalid.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "can't listen on " + address,
			Hint: "Free the port, or choose another one with --listen.", Cause: err,
		}
	}
	return l, nil
}

// Run serves until ctx ends, then finishes the running requests. It closes the listener.
func Run(ctx context.Context, e *echo.Echo, l net.Listener) error {
	e.Listener = l
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
		defer cancel()
		stopped <- e.Shutdown(within)
	})
	if err := e.Start(""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}
