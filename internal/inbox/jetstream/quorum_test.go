package jetstream_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/jetstream"
)

// peerVariable makes a server of a cluster of this test program: it has the peer as JSON.
const peerVariable = "OVERWATCH_TEST_NATS_PEER"

// peer is one server of a cluster.
type peer struct {
	Name        string
	Port, Route int
	Routes      []string // of all peers
	Dir         string

	process *exec.Cmd
}

// serve runs a peer until standard input ends, which it does when the tests do.
func serve(config string) error {
	var p peer
	if err := json.Unmarshal([]byte(config), &p); err != nil {
		return err
	}
	var routes []*url.URL
	for _, r := range p.Routes {
		u, err := url.Parse(r)
		if err != nil {
			return err
		}
		routes = append(routes, u)
	}
	s, err := natsserver.NewServer(&natsserver.Options{
		ServerName: p.Name, Host: "127.0.0.1", Port: p.Port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: p.Dir,
		Cluster: natsserver.ClusterOpts{Name: "overwatch", Host: "127.0.0.1", Port: p.Route}, Routes: routes,
	})
	if err != nil {
		return err
	}
	s.Start()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func (p *peer) start(t *testing.T) {
	t.Helper()
	config, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	p.process = exec.Command(os.Args[0])
	p.process.Env = append(os.Environ(), peerVariable+"="+string(config))
	p.process.Stderr = os.Stderr
	if _, err := p.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill ends a peer at once, as a machine that fails.
func (p *peer) kill(t *testing.T) {
	t.Helper()
	ended(t, p.process.Process.Kill())
	_ = p.process.Wait() // killed
	p.process = nil
}

// cluster starts three servers and returns them with the addresses for nats-url.
func cluster(t *testing.T) (peers []*peer, addresses string) {
	t.Helper()
	var urls, routes []string
	for i := range 3 {
		p := &peer{Name: fmt.Sprint("n", i+1), Port: port(t), Route: port(t), Dir: filepath.Join(t.TempDir(), "n")}
		peers = append(peers, p)
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", p.Port))
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", p.Route))
	}
	for _, p := range peers {
		p.Routes = routes
		p.start(t)
		t.Cleanup(func() {
			if p.process != nil {
				p.kill(t)
			}
		})
	}
	for _, p := range peers {
		reachable(t, p)
	}
	return peers, strings.Join(urls, ",")
}

// reachable waits until a peer accepts connections.
func reachable(t *testing.T, p *peer) {
	t.Helper()
	until(t, "the server "+p.Name+" accepts connections", func() bool {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", p.Port))
		return err == nil && c.Close() == nil
	})
}

// port returns a free port.
func port(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener's address
}

// until waits until something is so, a minute at most.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for timeout := time.After(time.Minute); !so(); {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("not so within a minute: %s", what)
		}
	}
}

// A cluster that lost its majority refuses events, and Ready says so; with the majority it has every event
// that it acknowledged, and works again without a restart of the bot.
func TestNoQuorum(t *testing.T) {
	peers, addresses := cluster(t)
	o := options(t)
	o.NATSURL = addresses
	var s *jetstream.Store
	until(t, "the cluster has made the streams", func() (made bool) { // which it refuses while it begins
		var err error
		s, err = jetstream.Open(t.Context(), o)
		return err == nil
	})
	t.Cleanup(func() { ended(t, s.Close()) })

	put(t, s, event("room", 1))
	peers[0].kill(t) // two of three go on
	until(t, "two servers take an event", func() bool {
		_, err := s.Put(t.Context(), event("room", 2))
		return err == nil
	})

	peers[1].kill(t)
	until(t, "Ready reports the lost majority", func() bool { return s.Ready(t.Context()) != nil })
	began := time.Now()
	_, err := s.Put(t.Context(), event("room", 3))
	if message, hint := fault.Text(err); fault.Of(err) != fault.Unavailable || hint == "" {
		t.Errorf("Put: %v; want that it is unavailable, and what to do; it said %q", err, message)
	}
	t.Logf("refused in %s: %v", time.Since(began), err)

	peers[0].start(t)
	peers[1].start(t)
	until(t, "the cluster takes events again", func() bool { return s.Ready(t.Context()) == nil })
	until(t, "event 3 is put", func() bool {
		_, err := s.Put(t.Context(), event("room", 3))
		return err == nil
	})
	for n := range 3 {
		l := take(t, s, event("room", n+1).ID)
		until(t, "the event is done", func() bool { return l.Done() == nil })
	}
	counted(t, s, inbox.Counts{})
}
