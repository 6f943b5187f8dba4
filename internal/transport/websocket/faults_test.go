package websocket_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/sim/webexsim"
	"overwatch/internal/transport/transporttest"
	"overwatch/internal/transport/websocket"
	"overwatch/internal/webex"
)

// registrations are the names of those the bot has.
func registrations(w *transporttest.World) (names []string) {
	w.T.Helper()
	s, err := w.Client.Services(w.T.Context(), w.Cloud+"/u2c/api/v1")
	if err != nil {
		w.T.Fatal(err)
	}
	all, err := w.Client.Registrations(w.T.Context(), s)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range all {
		names = append(names, r.Name)
	}
	return names
}

// opened counts the sockets that were opened so far.
func opened(w *transporttest.World) (n int) {
	for _, e := range w.Sim.Recent() {
		if e.Kind == "socket" && e.Event == "opened" {
			n++
		}
	}
	return n
}

// Whatever happens to the socket, messages sent meanwhile and afterwards are received once.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault         func(*webexsim.Sim)
		registrations int
	}{
		"1001 going away":      {func(s *webexsim.Sim) { s.CloseSockets(1001, "going away") }, 1},
		"1006 broken off":      {func(s *webexsim.Sim) { s.CloseSockets(1006, "") }, 1},
		"1011 a defect":        {func(s *webexsim.Sim) { s.CloseSockets(1011, "unexpected error") }, 1},
		"1000 idle":            {func(s *webexsim.Sim) { s.CloseSockets(1000, "idle") }, 1},
		"1003 refused":         {func(s *webexsim.Sim) { s.CloseSockets(1003, "") }, 1},
		"3050 forced":          {func(s *webexsim.Sim) { s.CloseSockets(3050, "done (forced)") }, 1},
		"4000 replaced":        {func(s *webexsim.Sim) { s.CloseSockets(4000, "replaced") }, 2},
		"4001 replaced":        {func(s *webexsim.Sim) { s.CloseSockets(4001, "replaced") }, 1},
		"4444 unknown":         {func(s *webexsim.Sim) { s.CloseSockets(4444, "") }, 1},
		"a shutdown frame":     {func(s *webexsim.Sim) { s.ShutdownSockets() }, 1},
		"a stale registration": {func(s *webexsim.Sim) { s.CloseSockets(1001, ""); s.ForgetRegistrations() }, 1},
		"a refused upgrade": {func(s *webexsim.Sim) {
			s.Fail(webexsim.Fault{Path: "/mercury-a1/", Status: http.StatusServiceUnavailable, Times: 2})
			s.CloseSockets(1006, "")
		}, 1},
		"a refusal that was a mistake": {func(s *webexsim.Sim) {
			s.Fail(webexsim.Fault{Path: "/mercury-a1/", Status: http.StatusUnauthorized})
			s.CloseSockets(4401, "")
		}, 1},
		"a lost frame":      {func(s *webexsim.Sim) { s.LoseFrames(1) }, 1},
		"a frame twice":     {func(s *webexsim.Sim) { s.DeliverTwice(1) }, 1},
		"a frame too late":  {func(s *webexsim.Sim) { s.DeliverLate(1) }, 1},
		"truth in headers":  {func(s *webexsim.Sim) { s.OverrideFrames(1) }, 1},
		"an unknown event":  {func(s *webexsim.Sim) { s.SendUnknownEvent() }, 1},
		"no pong":           {func(s *webexsim.Sim) { s.IgnorePings(1) }, 1},
		"binary frames":     {func(s *webexsim.Sim) { s.SendBinaryFrames(true); s.CloseSockets(1006, "") }, 1},
		"never ready again": {func(s *webexsim.Sim) { s.NeverReady(1); s.CloseSockets(1006, "") }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := transporttest.NewWorldWith(t, socket, webexsim.Options{}, webex.Options{PingEvery: 300 * time.Millisecond})
			room := w.Sim.Direct(w.Alice, w.Bot)
			w.Start()
			w.Say(w.Alice, room, "before")
			w.Expect("messages", room)
			sockets := opened(w)
			c.fault(w.Sim)
			received := map[string]int{}
			for i := range 2 {
				w.Say(w.Alice, room, fmt.Sprint("after ", i))
			}
			for range 2 {
				n := w.Expect("messages", room)
				received[n.ID]++
			}
			if len(received) != 2 {
				t.Errorf("received %v", received)
			}
			w.Nothing(room)
			if strings.Contains(name, "no pong") {
				w.Journal(func() bool { return opened(w) > sockets })
				w.Nothing(room)
			}
			if got := registrations(w); len(got) != c.registrations {
				t.Errorf("registered as %v", got)
			}
		})
	}
}

// A restart finds its registration again, once the name is free.
func TestRegistrationsAreReused(t *testing.T) {
	w := transporttest.NewWorld(t, socket)
	for range 3 {
		w.Start()
		w.Stop()
		released(w, registrations(w)[0])
	}
	if got := registrations(w); len(got) != 1 {
		t.Errorf("registered as %v", got)
	}
}

// released waits until no process uses a registration: a claim on its name lasts for a second after a stop.
func released(w *transporttest.World, registration string) {
	w.T.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		holder, err := w.Store.Read(w.T.Context(), websocket.NoteOf(registration))
		if err != nil {
			w.T.Fatal(err)
		}
		if holder == nil {
			return
		}
		<-tick.C
	}
}

// register makes registrations of the bot's account.
func register(w *transporttest.World, names ...string) {
	w.T.Helper()
	s, err := w.Client.Services(w.T.Context(), w.Cloud+"/u2c/api/v1")
	if err != nil {
		w.T.Fatal(err)
	}
	for _, name := range names {
		if _, err := w.Client.Register(w.T.Context(), s, name); err != nil {
			w.T.Fatal(err)
		}
	}
}

func TestTooManyRegistrations(t *testing.T) {
	t.Run("of ours", func(t *testing.T) {
		w := transporttest.NewWorld(t, socket)
		register(w, "overwatch-a", "overwatch-b", "overwatch-c", "another program", "overwatch-d", "overwatch-e")
		w.Sim.CapRegistrations(6)
		w.Start()
		got := strings.Join(registrations(w), " ")
		for name, want := range map[string]bool{"overwatch-a": false, "overwatch-b": false, "overwatch-c": true, "another program": true, "overwatch-e": true} {
			if strings.Contains(got, name) != want {
				t.Errorf("%s is there: %v; there are %s", name, !want, got)
			}
		}
	})
	t.Run("of others", func(t *testing.T) {
		w := transporttest.NewWorld(t, socket)
		register(w, "another program", "one more")
		w.Sim.CapRegistrations(2)
		w.Launch()
		const why = "more registrations than Webex allows"
		w.Log.Await(t, "the socket to Webex is down", why)
		if say, _ := fault.Text(w.Receiver.State.Err()); !strings.Contains(say, why) {
			t.Errorf("its state is %q", say)
		}
		if got := registrations(w); len(got) != 2 {
			t.Errorf("there are %v", got)
		}
	})
}

// The socket's ids may have another cluster than those of REST. Their content is found, and what was
// received through the socket isn't received again when catching up after a reconnect.
func TestIDsOfAnotherCluster(t *testing.T) {
	w := transporttest.NewWorldWith(t, socket, webexsim.Options{Cluster: "urn:TEAM:us-west-2_r", CatalogCluster: "us"}, webex.Options{})
	me, err := w.Client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	messenger := webex.NewMessenger(webex.NewDirectory(w.Client, me))
	next := func() (chat.Event, chat.Content) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		l, err := w.Store.Take(ctx)
		if err != nil {
			t.Fatal(err)
		}
		content, err := messenger.Fetch(t.Context(), l.Event())
		if err != nil {
			t.Errorf("%+v: %v", l.Event(), err)
		}
		if err := l.Done(); err != nil {
			t.Error(err)
		}
		return l.Event(), content
	}
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	w.Say(w.Alice, room, "hello")
	live, content := next()
	if m, ok := content.(chat.Message); !ok || m.Text != "hello" || m.Room.ID != room {
		t.Errorf("the message %+v is %+v", live, content)
	}
	w.Sim.LoseFrames(1)
	w.Say(w.Alice, room, "caught up") // by REST, with the other id of the space
	w.Sim.CloseSockets(1006, "")
	caught, content := next()
	if m, ok := content.(chat.Message); !ok || m.Text != "caught up" {
		t.Errorf("received %+v, %+v", caught, content)
	}
	if caught.Space() != live.Space() {
		t.Errorf("one space is %s and %s", live.Space(), caught.Space())
	}
	w.Say(w.Alice, room, "the last word")
	if _, content := next(); content.(chat.Message).Text != "the last word" {
		t.Errorf("received %+v", content)
	}
}

// proxy is an HTTP proxy that only tunnels.
type proxy struct {
	refuse  int // with this status, instead
	tunnels atomic.Int32
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || p.refuse != 0 {
		w.WriteHeader(max(p.refuse, http.StatusForbidden))
		return
	}
	p.tunnels.Add(1)
	out, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	fmt.Fprint(in, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(out, bufio.NewReader(rw)); _ = out.Close() }()
	_, _ = io.Copy(in, out)
}

// Everything, the socket too, goes through a proxy where there is one.
func TestThroughAProxy(t *testing.T) {
	p := &proxy{}
	between := httptest.NewServer(p)
	defer between.Close()
	at, err := url.Parse(between.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(at)}
	defer transport.CloseIdleConnections()
	w := transporttest.NewWorldTLS(t, socket, transport)
	room := w.Sim.Direct(w.Alice, w.Bot)
	w.Start()
	w.Say(w.Alice, room, "hello")
	w.Expect("messages", room)
	if n := p.tunnels.Load(); n < 2 {
		t.Errorf("%d connections went through the proxy", n)
	}
}

// What is in the way is named.
func TestWhatIsInTheWayIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		status int
		want   string
	}{
		"of the catalog":       {"/u2c/", http.StatusBadGateway, "Webex is unavailable (status 502)"},
		"of the registrations": {"/wdm-a1/", http.StatusForbidden, "Webex refused the request"},
		"of the socket":        {"/mercury-a1/", http.StatusForbidden, "The WebSocket to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := transporttest.NewWorld(t, socket)
			w.Sim.Fail(webexsim.Fault{Path: c.path, Status: c.status, Times: 1000})
			w.Launch()
			w.Log.Await(t, "the socket to Webex is down", c.want)
			if say, _ := fault.Text(w.Receiver.State.Err()); !strings.Contains(say, c.want) {
				t.Errorf("its state is %q", say)
			}
		})
	}
}
