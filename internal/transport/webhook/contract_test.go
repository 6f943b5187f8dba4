package webhook_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"overwatch/internal/server"
	"overwatch/internal/transport"
	"overwatch/internal/transport/transporttest"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/webex"
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

// forwarders stand between Webex and the bot: one that adds the headers that HTTP proxies add, as frp
// and ngrok do, and one that only passes bytes on.
var forwarders = map[string]func(w *transporttest.World, to string) (url string){
	"an HTTP forwarder": func(w *transporttest.World, to string) string {
		target, err := url.Parse(to)
		if err != nil {
			w.T.Fatal(err)
		}
		_, at := w.Serve(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
			r.Out.Header.Set("X-Forwarded-For", "203.0.113.7, 10.0.0.1")
			r.Out.Header.Set("X-Real-Ip", "203.0.113.7")
			r.Out.Host = "hooks.example.com"
		}})
		return at
	},
	"a TCP forwarder": func(w *transporttest.World, to string) string {
		door, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // the test ends it
		if err != nil {
			w.T.Fatal(err)
		}
		var guests sync.WaitGroup
		guests.Go(func() {
			for {
				in, err := door.Accept()
				if err != nil {
					return
				}
				guests.Go(func() {
					out, err := net.Dial("tcp", strings.TrimPrefix(to, "http://")) //nolint:noctx // the test ends it
					if err != nil {
						_ = in.Close()
						return
					}
					var both sync.WaitGroup
					for a, b := range map[net.Conn]net.Conn{in: out, out: in} {
						both.Go(func() { _, _ = io.Copy(a, b); _ = a.Close(); _ = b.Close() })
					}
					both.Wait()
				})
			}
		})
		w.T.Cleanup(func() { _ = door.Close(); w.Sim.Close(); guests.Wait() })
		return "http://" + door.Addr().String()
	},
}

// A tunnel changes nothing of what is received.
func TestBehindForwarders(t *testing.T) {
	for name, forward := range forwarders {
		t.Run(name, func(t *testing.T) {
			w := transporttest.NewWorld(t, func(w *transporttest.World) transport.Transport {
				at := &hooked{}
				_, to := w.Serve(at)
				return hooks(w, at, forward(w, to))
			})
			w.Start()
			room := w.Sim.Direct(w.Alice, w.Bot)
			w.Expect("memberships", room)
			w.Say(w.Alice, room, "hello ✓ é")
			w.Expect("messages", room)
			w.Nothing(room)
		})
	}
}

// A restart sets the webhooks right at once, although the process before it said that it looks after them.
func TestRestartMovesTheWebhooks(t *testing.T) {
	var to string
	w := transporttest.NewWorld(t, func(w *transporttest.World) transport.Transport {
		at := &hooked{}
		_, to = w.Serve(at)
		return hooks(w, at, to)
	})
	room := w.Sim.Direct(w.Alice, w.Bot)
	for _, text := range []string{"one", "two"} {
		w.Start()
		w.Nothing(room)
		for h, err := range w.Client.Webhooks(t.Context()) {
			if err != nil || h.Status != "active" || h.TargetURL != to+webhook.Path {
				t.Errorf("%s: a webhook to %s is %s, %v", text, h.TargetURL, h.Status, err)
			}
		}
		w.Stop()
	}
}

// A process that was killed leaves its claim on the webhooks. The next one corrects them at once all the
// same, whether it has the same name or, as in a container, another one.
func TestRestartAfterAKill(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for name, killed := range map[string]string{"of the same name": host + " :3000", "of another name": "another-host :3000"} {
		t.Run(name, func(t *testing.T) {
			var to string
			w := transporttest.NewWorld(t, func(w *transporttest.World) transport.Transport {
				at := &hooked{}
				_, to = w.Serve(at)
				return hooks(w, at, to)
			})
			if _, err := w.Store.Claim(t.Context(), "webhooks", []byte(killed), time.Hour); err != nil {
				t.Fatal(err)
			}
			for _, resource := range transport.Resources() {
				left := webex.Webhook{Name: "overwatch " + resource, TargetURL: "http://127.0.0.1:9/gone", Resource: resource, Event: "created", Secret: key}
				if _, err := w.Client.CreateWebhook(t.Context(), left); err != nil {
					t.Fatal(err)
				}
			}
			w.Start()
			for h, err := range w.Client.Webhooks(t.Context()) {
				if err != nil || h.Status != "active" || h.TargetURL != to+webhook.Path {
					t.Errorf("a webhook to %s is %s, %v", h.TargetURL, h.Status, err)
				}
			}
		})
	}
}

// While the bot runs, no other replica maintains the webhooks; when it stops, another one may at once.
func TestWebhooksAreClaimedWhileItRuns(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	w := transporttest.NewWorld(t, func(w *transporttest.World) transport.Transport {
		at := &hooked{}
		_, to := w.Serve(at)
		return hooks(w, at, to)
	})
	claim := func() string {
		t.Helper()
		holder, err := w.Store.Claim(t.Context(), "webhooks", []byte("another"), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return string(holder)
	}
	w.Start()
	if got, want := claim(), host+" :3000"; got != want {
		t.Errorf("the webhooks are claimed by %q, want %q", got, want)
	}
	w.Stop()
	again, timeout := time.NewTicker(10*time.Millisecond), time.After(20*time.Second) // far below what a claim lasts
	defer again.Stop()
	for claim() != "another" {
		select {
		case <-again.C:
		case <-timeout:
			t.Fatal("the claim stays")
		}
	}
}

func TestContract(t *testing.T) {
	var mu sync.Mutex
	all := map[*transporttest.World]*hooked{}
	transporttest.Run(t, transporttest.Kind{EndsIfRefused: true, Make: func(w *transporttest.World) transport.Transport {
		mu.Lock()
		at := all[w]
		if at == nil {
			at = &hooked{}
			all[w] = at
		}
		mu.Unlock()
		_, to := w.Serve(at)
		return hooks(w, at, to)
	}})
}

// hooks returns a transport that is reached at an address, which leads to at.
func hooks(w *transporttest.World, at *hooked, public string) transport.Transport {
	t, err := webhook.New(w.T.Context(), w.Receiver, webhook.Config{PublicURL: public}, key, &net.TCPAddr{Port: 3000})
	if err != nil {
		w.T.Fatal(err)
	}
	e := server.New(quiet(), func(context.Context) error { return nil })
	e.POST(webhook.Path, t.Handler())
	at.mu.Lock()
	defer at.mu.Unlock()
	at.h = e
	return t
}
