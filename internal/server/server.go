// Package server is the bot's HTTP server: Echo with middleware, errors as JSON, health checks, limits
// of requests and connections, TLS and profiles. It doesn't know the handlers that internal/app mounts.
// Only internal/app imports it.
//
// Reading order: config.go, limit.go, server.go, tls.go, serve.go, pprof.go.
package server

import (
	"context"
	"errors"
	stdlog "log"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
)

// Limits of a request. Webex's deliveries are below 2 kB.
const (
	maxBody       = "64K"
	maxHeader     = 32 << 10 // bytes
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
)

// New returns an Echo with /healthz and /readyz. ready returns why the bot isn't ready, or nil; it must
// return quickly.
func New(log logrus.FieldLogger, ready func(context.Context) error) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = errorHandler(log)
	e.Server.ReadHeaderTimeout = headerTimeout
	e.Server.ReadTimeout = readTimeout
	e.Server.WriteTimeout = writeTimeout
	e.Server.IdleTimeout = idleTimeout
	e.Server.MaxHeaderBytes = maxHeader
	e.Server.ConnState = newConnections(maxConnections()).changed
	e.StdLogger = stdlog.New(lines{log}, "", 0) // for net/http, such as failed handshakes
	e.Use(
		middleware.RecoverWithConfig(middleware.RecoverConfig{
			LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
				log.WithError(err).WithField("stack", string(stack)).Error("panic while serving " + c.Path())
				return err
			},
		}),
		middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
			LogMethod: true, LogURIPath: true, LogStatus: true, LogLatency: true, HandleError: true,
			LogValuesFunc: func(_ echo.Context, v middleware.RequestLoggerValues) error {
				log.WithFields(logrus.Fields{
					"method": v.Method, "path": v.URIPath, "status": v.Status, "took": v.Latency,
				}).Debug("served")
				return nil
			},
		}),
		middleware.BodyLimit(maxBody),
	)
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, state{"alive"}) })
	e.GET("/readyz", func(c echo.Context) error {
		if err := ready(c.Request().Context()); err != nil {
			say, do := fault.Text(err) // the log has the cause already
			return c.JSON(http.StatusServiceUnavailable, problem{Error: say, Do: do})
		}
		return c.JSON(http.StatusOK, state{"ready"})
	})
	return e
}

// lines logs what is written to it.
type lines struct{ log logrus.FieldLogger }

// Write implements io.Writer.
func (l lines) Write(p []byte) (int, error) {
	l.log.Debug(strings.TrimSpace(string(p)))
	return len(p), nil
}

type state struct {
	State string `json:"state"`
}

type problem struct {
	Error string `json:"error"`
	Do    string `json:"do,omitempty"`
}

// errorHandler responds to every error with its message and hint as JSON. Causes go to the log only.
func errorHandler(log logrus.FieldLogger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		status, body := status(err)
		if status >= http.StatusInternalServerError {
			log.WithError(err).WithField("path", c.Request().URL.Path).Error("request failed")
		}
		var sent error
		if c.Request().Method == http.MethodHead {
			sent = c.NoContent(status)
		} else {
			sent = c.JSON(status, body)
		}
		if sent != nil {
			log.WithError(sent).Debug("can't send the error")
		}
	}
}

func status(err error) (int, problem) {
	var h *echo.HTTPError
	if errors.As(err, &h) {
		text, ok := h.Message.(string)
		if !ok {
			text = http.StatusText(h.Code)
		}
		return h.Code, problem{Error: text}
	}
	say, do := fault.Text(err)
	code := map[fault.Kind]int{
		fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound,
		fault.Denied: http.StatusUnauthorized, fault.RateLimited: http.StatusTooManyRequests,
		fault.Unavailable: http.StatusServiceUnavailable, fault.Timeout: http.StatusGatewayTimeout,
	}[fault.Of(err)]
	if code == 0 {
		code = http.StatusInternalServerError
	}
	return code, problem{Error: say, Do: do}
}
