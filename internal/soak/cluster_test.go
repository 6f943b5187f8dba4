package soak_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// cluster is a NATS cluster of three processes.
type cluster struct {
	binary  string
	servers []*exec.Cmd
	routes  []string // addresses for each other
	urls    []string // addresses for clients
	stores  []string
	logs    []string
}

// server builds the NATS server once.
var server = sync.OnceValues(func() (string, error) { return build("github.com/nats-io/nats-server/v2") })

func newCluster(t *testing.T) *cluster {
	t.Helper()
	binary, err := server()
	if err != nil {
		t.Fatal(err)
	}
	// A free port may be taken before the server starts.
	for range 3 {
		c := startCluster(t, binary)
		err := c.ready(t.Context())
		if err == nil {
			return c
		}
		for i := range c.servers {
			c.kill(i)
			said, _ := os.ReadFile(c.logs[i])
			t.Logf("the cluster doesn't get ready: %v\n%s", err, said)
		}
	}
	t.Fatal("no cluster gets ready")
	return nil
}

func startCluster(t *testing.T, binary string) *cluster {
	t.Helper()
	dir := t.TempDir()
	c := &cluster{binary: binary, servers: make([]*exec.Cmd, 3)}
	for i := range c.servers {
		c.routes = append(c.routes, "nats://"+freePort(t))
		c.urls = append(c.urls, "nats://"+freePort(t))
		c.stores = append(c.stores, filepath.Join(dir, fmt.Sprint("store", i)))
		c.logs = append(c.logs, filepath.Join(dir, fmt.Sprintf("nats%d.log", i)))
	}
	for i := range c.servers {
		c.start(t, i)
		t.Cleanup(func() { c.kill(i) })
	}
	return c
}

// start starts a server, or starts it again.
func (c *cluster) start(t *testing.T, i int) {
	t.Helper()
	log, err := os.OpenFile(c.logs[i], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	host, port, err := net.SplitHostPort(strings.TrimPrefix(c.urls[i], "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(c.binary, "--name", fmt.Sprint("nats", i), "--addr", host, "--port", port, "--jetstream", "--store_dir", c.stores[i],
		"--cluster_name", "overwatch", "--cluster", c.routes[i], "--routes", strings.Join(c.routes, ","))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.servers[i] = cmd
}

func (c *cluster) kill(i int) {
	_ = c.servers[i].Process.Kill()
	_ = c.servers[i].Wait()
}

// ready waits until streams can be created.
func (c *cluster) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := func() error {
			conn, err := nats.Connect(strings.Join(c.urls, ","))
			if err != nil {
				return err
			}
			defer conn.Close()
			js, err := jetstream.New(conn)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second) // without a leader there is no response
			defer cancel()
			_, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "ready", Subjects: []string{"ready"}, Replicas: 3})
			return err
		}()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond): // how often another process is asked
		}
	}
}

// newBalancer returns a load balancer: it forwards webhooks to the bots in turn, and to the next one if one
// fails.
func newBalancer(t *testing.T, addresses []string) string {
	t.Helper()
	var next atomic.Int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		status := http.StatusBadGateway
		for range addresses {
			a := addresses[int(next.Add(1))%len(addresses)]
			req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://"+a+r.URL.Path, bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				break
			}
			req.Header = r.Header.Clone()
			resp, err := client.Do(req)
			if err != nil {
				continue
			}
			status = resp.StatusCode
			_ = resp.Body.Close()
			if status < http.StatusInternalServerError {
				break
			}
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(func() { srv.Close(); client.CloseIdleConnections() })
	return srv.URL
}

// Three bots share an inbox in a cluster of three. One bot and one server are killed under load: nothing is
// lost, and at most the replies in flight are sent twice.
func TestReplicas(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	for _, way := range []string{"websocket", "webhook"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, 30)
			addresses := []string{freePort(t), freePort(t), freePort(t)}
			more := []string{"OVERWATCH_TRANSPORT=" + way, "OVERWATCH_NATS_URL=" + strings.Join(c.urls, ","), "OVERWATCH_NATS_PREFIX=" + way}
			if way == "webhook" {
				more = append(more, "OVERWATCH_PUBLIC_URL="+newBalancer(t, addresses))
			}
			var bots []*process
			for _, a := range addresses {
				bots = append(bots, w.start(a, "unused", more...))
			}
			for _, p := range bots {
				p.ready()
			}
			questions := map[string]string{}
			n := max(events(t)/2, 300)
			for i := range n {
				root, action := w.ask(i)
				questions[root] = action
				pace(12 * time.Millisecond)
				switch i {
				case n / 3:
					bots[0].kill()
				case 2 * n / 3:
					c.kill(0)
					defer c.start(t, 0)
				}
			}
			counted := w.settle(questions)
			t.Logf("%s: %d questions: %d unanswered, %d answered more than once, %d presses never acknowledged",
				way, counted.asked, counted.unanswered, counted.doubled, counted.unheard)
			shared := 0
			for _, p := range bots[1:] {
				if _, text := p.get(t.Context(), "/metrics"); strings.Contains(text, `overwatch_answers_total{outcome="answered"}`) {
					shared++
				}
			}
			if shared != 2 {
				t.Errorf("%d of the two that are left answered anything", shared)
			}
			for _, p := range bots[1:] {
				p.stop()
			}
			if counted.unanswered > 0 || counted.surplus > inFlight {
				t.Errorf("%+v\n%s\n%s", counted, bots[1].tail(), bots[2].tail())
			}
		})
	}
}
