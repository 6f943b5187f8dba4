package webhook_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"overwatch/internal/server"
	"overwatch/internal/transport"
	"overwatch/internal/transport/transporttest"
	"overwatch/internal/transport/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hooked is where Webex delivers to: the handler of the transport that runs.
type hooked struct {
	mu sync.Mutex
	h  http.Handler
}

func (h *hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	now := h.h
	h.mu.Unlock()
	now.ServeHTTP(w, r)
}

func TestContract(t *testing.T) {
	var mu sync.Mutex
	all := map[*transporttest.World]*hooked{}
	transporttest.Run(t, transporttest.Kind{Make: func(w *transporttest.World) transport.Transport {
		mu.Lock()
		at := all[w]
		if at == nil {
			at = &hooked{}
			all[w] = at
		}
		mu.Unlock()
		_, url := w.Serve(at)
		hooks, err := webhook.New(w.Context(), w.Ear, webhook.Config{PublicURL: url}, key, &net.TCPAddr{Port: 3000})
		if err != nil {
			w.Fatal(err)
		}
		e := server.New(quiet(), func(context.Context) error { return nil })
		e.POST(webhook.Path, hooks.Handler())
		at.mu.Lock()
		at.h = e
		at.mu.Unlock()
		return hooks
	}})
}
