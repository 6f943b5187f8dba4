package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
	"overwatch/internal/server"
)

func TestServer(t *testing.T) {
	for name, c := range map[string]struct {
		method, path string
		handler      echo.HandlerFunc
		ready        error
		status       int
		body         string
	}{
		"alive":       {http.MethodGet, "/healthz", nil, nil, 200, `{"state":"alive"}`},
		"ready":       {http.MethodGet, "/readyz", nil, nil, 200, `{"state":"ready"}`},
		"not ready":   {http.MethodGet, "/readyz", nil, &fault.Error{Kind: fault.Unavailable, Message: "Not yet.", Hint: "Wait."}, 503, `{"error":"Not yet.","do":"Wait."}`},
		"nowhere":     {http.MethodGet, "/nowhere", nil, nil, 404, `{"error":"Not Found"}`},
		"wrong way":   {http.MethodDelete, "/healthz", nil, nil, 405, `{"error":"Method Not Allowed"}`},
		"a head":      {http.MethodHead, "/nowhere", nil, nil, 404, ``},
		"a panic":     {http.MethodGet, "/x", func(echo.Context) error { panic("secret of the stack") }, nil, 500, `{"error":"Something went wrong in the bot.","do":"Try again; if it happens again, tell the bot's operator."}`},
		"a cause":     {http.MethodGet, "/x", func(echo.Context) error { return errors.New("an inner secret") }, nil, 500, `{"error":"Something went wrong in the bot.","do":"Try again; if it happens again, tell the bot's operator."}`},
		"invalid":     {http.MethodGet, "/x", func(echo.Context) error { return &fault.Error{Kind: fault.Invalid, Message: "No."} }, nil, 400, `{"error":"No."}`},
		"denied":      {http.MethodGet, "/x", func(echo.Context) error { return &fault.Error{Kind: fault.Denied, Message: "No."} }, nil, 401, `{"error":"No."}`},
		"rate":        {http.MethodGet, "/x", func(echo.Context) error { return &fault.Error{Kind: fault.RateLimited, Message: "No."} }, nil, 429, `{"error":"No."}`},
		"too late":    {http.MethodGet, "/x", func(echo.Context) error { return context.DeadlineExceeded }, nil, 504, `{"error":"That took too long.","do":"Try again in a moment."}`},
		"half spoken": {http.MethodGet, "/x", func(c echo.Context) error { return errors.Join(c.String(200, "half"), errors.New("x")) }, nil, 200, "half"},
	} {
		t.Run(name, func(t *testing.T) {
			log := logrus.New()
			log.SetOutput(io.Discard)
			e := server.New(log, func(context.Context) error { return c.ready })
			if c.handler != nil {
				e.GET("/x", c.handler)
			}
			rec := httptest.NewRecorder()
			e.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
			if rec.Code != c.status || strings.TrimSpace(rec.Body.String()) != c.body {
				t.Errorf("got %d %s", rec.Code, rec.Body)
			}
		})
	}
}

// Slow and endless requests are cut off.
func TestLimits(t *testing.T) {
	s := server.New(logrus.New(), nil).Server
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("a limit is missing: %+v", s)
	}
}
