package jetstream_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/inbox/jetstream"
)

func TestMain(m *testing.M) {
	if config := os.Getenv(peerVariable); config != "" { // this is a server of a cluster
		if err := serve(config); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func options(t *testing.T) jetstream.Options {
	t.Helper()
	log := logrus.New()
	log.SetOutput(t.Output())
	return jetstream.Options{
		Config: inbox.Config{InboxCapacity: 100, NATSURL: server(t), NATSPrefix: "overwatch"},
		Log:    log,
	}
}

// opened is a store that the test closes itself.
func opened(t *testing.T, o jetstream.Options) *jetstream.Store {
	t.Helper()
	s, err := jetstream.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t *testing.T, o jetstream.Options) *jetstream.Store {
	t.Helper()
	s := opened(t, o)
	t.Cleanup(func() { ended(t, s.Close()) })
	return s
}

func ended(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestContract(t *testing.T) {
	inboxtest.Run(t, func(t *testing.T, capacity int) inboxtest.Place {
		o := options(t)
		o.InboxCapacity = capacity
		return func(t *testing.T) inbox.Store { return opened(t, o) }
	})
}

// server starts a NATS server that stands for a cluster.
func server(t *testing.T) string {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, NoSystemAccount: true,
		JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(within) {
		t.Fatal("the server doesn't start")
	}
	return s.ClientURL()
}

func event(room string, n int) chat.Event {
	return chat.Event{Resource: "messages", Action: "created", ID: fmt.Sprintf("%s-%d", room, n), Room: room}
}

func put(t *testing.T, s inbox.Store, n chat.Event) {
	t.Helper()
	if _, err := s.Put(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, s inbox.Store, want string) inbox.Lease {
	t.Helper()
	l, err := s.Take(t.Context())
	if err != nil || l.Event().ID != want {
		t.Fatalf("took %v, %v; want %s", l, err, want)
	}
	return l
}

// within only ends a test that hangs: machines are busy.
const within = time.Minute

// counted waits until a store counts so many, as it may be a moment behind.
func counted(t *testing.T, s inbox.Store, want inbox.Counts) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		got, err := s.Count(ctx)
		if err == nil && got == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("there are %+v, %v; want %+v", got, err, want)
		}
	}
}

// connect returns a connection beside those of the stores.
func connect(t *testing.T, o jetstream.Options) *nats.Conn {
	t.Helper()
	c, err := nats.Connect(o.NATSURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// pulled waits until the replicas have so many events from the stream that they haven't acknowledged.
func pulled(t *testing.T, o jetstream.Options, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	js, err := natsjs.New(connect(t, o))
	if err != nil {
		t.Fatal(err)
	}
	for {
		pending := 0
		c, err := js.Consumer(ctx, o.NATSPrefix+"-inbox", "worker")
		if err == nil {
			pending = c.CachedInfo().NumAckPending
		}
		if pending == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the replicas have %d events, %v; want %d", pending, err, want)
		}
	}
}

// Two bots with one cluster: each space in its order, and nothing twice.
func TestReplicasShareTheWork(t *testing.T) {
	o := options(t)
	o.InboxCapacity, o.Window = 1000, 16
	stores := []*jetstream.Store{open(t, o), open(t, o)}
	const rooms, each = 10, 20
	for i := range each {
		for r := range rooms {
			put(t, stores[i%2], event(fmt.Sprint("room", r), i))
			put(t, stores[1-i%2], event(fmt.Sprint("room", r), i)) // the other one receives it as well
		}
	}
	type taken struct {
		lease inbox.Lease
		by    int
	}
	all := make(chan taken)
	ctx, stop := context.WithCancel(t.Context())
	var takers sync.WaitGroup
	defer takers.Wait()
	defer stop()
	for by, s := range stores {
		for range 4 {
			takers.Go(func() {
				for {
					l, err := s.Take(ctx)
					if err != nil {
						if ctx.Err() == nil {
							t.Error(err)
						}
						return
					}
					select {
					case all <- taken{l, by}:
					case <-ctx.Done():
						return
					}
				}
			})
		}
	}
	pulled(t, o, 2*o.Window) // both have some
	next, busy, by := map[string]int{}, map[string]bool{}, [2]int{}
	var leases []inbox.Lease
	idle := func() bool { // a space has events and nobody handles one of them
		for r := range rooms {
			if room := fmt.Sprint("room", r); next[room] < each && !busy[room] {
				return true
			}
		}
		return false
	}
	for range rooms * each {
		for len(leases) > 4 || len(leases) > 0 && !idle() { // keep some, so that spaces stay busy while others ask for them
			n := leases[0].Event()
			ended(t, leases[0].Done())
			busy[n.Room], leases = false, leases[1:]
		}
		got := <-all
		n := got.lease.Event()
		if want := event(n.Room, next[n.Room]).ID; n.ID != want || busy[n.Room] {
			t.Fatalf("took %s, want %s; its space is busy: %v", n.ID, want, busy[n.Room])
		}
		next[n.Room]++
		busy[n.Room] = true
		by[got.by]++
		leases = append(leases, got.lease)
	}
	for _, l := range leases {
		ended(t, l.Done())
	}
	if by[0] == 0 || by[1] == 0 {
		t.Errorf("one of them did all the work: %v", by)
	}
}

// What a silent process has goes to another one, and the silent one can know that.
func TestASilentOneLosesWhatItHas(t *testing.T) {
	o := options(t)
	o.Silence = time.Second
	silent, other := open(t, o), open(t, o)
	put(t, silent, event("a", 0))
	l := take(t, silent, "a-0")
	jetstream.Disconnect(silent)
	again := take(t, other, "a-0")
	if again.Attempt() != 2 || !again.Held() {
		t.Errorf("it is attempt %d, held: %v", again.Attempt(), again.Held())
	}
	for l.Held() { // until its own clock says so
		counted(t, other, inbox.Counts{Waiting: 1})
	}
	ended(t, again.Done())
}

// A process whose hands are full of what waits for others lets go of it: else what has to come first
// might find nobody with a free hand.
func TestFullHandsLetGo(t *testing.T) {
	o := options(t)
	o.Silence, o.Window = time.Second, 4
	silent := open(t, o)
	for i := range 4 {
		for _, room := range []string{"a", "b", "c", "d"} {
			put(t, silent, event(room, i))
		}
	}
	for range 4 { // the heads of all spaces
		if _, err := silent.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	other := open(t, o)
	done := make(chan inbox.Lease)
	go func() {
		for {
			l, err := other.Take(t.Context())
			if err != nil {
				return
			}
			done <- l
		}
	}()
	pulled(t, o, 2*o.Window) // it has what comes after them
	jetstream.Disconnect(silent)
	next := map[string]int{}
	for range 16 {
		select {
		case l := <-done:
			n := l.Event()
			if want := event(n.Room, next[n.Room]).ID; n.ID != want {
				t.Errorf("took %s, want %s", n.ID, want)
			}
			next[n.Room]++
			ended(t, l.Done())
		case <-time.After(within):
			t.Fatalf("stuck after %v", next)
		}
	}
}

// A lease lasts for as long as it takes.
func TestALeaseIsExtended(t *testing.T) {
	o := options(t)
	o.Silence = 3 * time.Second // longer than a busy machine stands still
	s := open(t, o)
	acks, err := connect(t, o).SubscribeSync("$JS.ACK.>")
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, event("a", 0))
	put(t, s, event("b", 0))
	var l [2]inbox.Lease
	for i := range l {
		var err error
		if l[i], err = s.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// It is extended three times in the time of silence: after four times the first time is over.
	extended := map[string]int{}
	for len(extended) < len(l) || slices.Min(slices.Collect(maps.Values(extended))) < 4 {
		m, err := acks.NextMsg(within)
		if err != nil {
			t.Fatalf("%v after %v", err, extended)
		}
		if string(m.Data) == "+WPI" {
			extended[m.Subject]++
		}
	}
	for i := range l {
		if !l[i].Held() {
			t.Error("the lease was lost")
		}
		ended(t, l[i].Done())
	}
	put(t, s, event("c", 0))
	ended(t, take(t, s, "c-0").Done()) // neither a nor b came again
}

// Many who put at the same time are written together, and each is told the truth: stored, a copy, or
// refused for want of room.
func TestManyPutAtOnce(t *testing.T) {
	const different, room = 200, 150
	o := options(t)
	o.InboxCapacity = room
	s := open(t, o)
	var stored, copies, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 2 * different {
		all.Go(func() {
			switch fresh, err := s.Put(t.Context(), event("a", i%different)); {
			case fault.Of(err) == fault.Unavailable:
				refused.Add(1)
			case err != nil:
				t.Error(err)
			case fresh:
				stored.Add(1)
			default:
				copies.Add(1)
			}
		})
	}
	all.Wait()
	counts, err := s.Count(t.Context())
	if err != nil || stored.Load() != room || counts.Waiting != room || copies.Load()+refused.Load() != 2*different-room {
		t.Errorf("%d stored, %d copies, %d refused; there are %+v, %v", stored.Load(), copies.Load(), refused.Load(), counts, err)
	}
}

// Where events go back to the stream, for lack of room or to be tried again, each is still taken once,
// and each space in its order.
func TestASmallWindowKeepsTheOrder(t *testing.T) {
	const rooms, each = 8, 200
	o := options(t)
	o.InboxCapacity, o.Window = rooms*each, 16
	s := open(t, o)
	var putting, taking sync.WaitGroup
	for r := range rooms {
		putting.Go(func() {
			for i := range each {
				put(t, s, event(fmt.Sprint("room", r), i))
			}
		})
	}
	var mu sync.Mutex
	next, failures := map[string]int{}, 0
	total := make(chan struct{}, rooms*each)
	ctx, stop := context.WithCancel(t.Context())
	for range 4 {
		taking.Go(func() {
			for {
				l, err := s.Take(ctx)
				if err != nil {
					return
				}
				n := l.Event()
				mu.Lock()
				if want := event(n.Room, next[n.Room]).ID; n.ID != want {
					t.Errorf("took %s, want %s", n.ID, want)
				}
				again := failures%50 == 49 && l.Attempt() == 1
				if failures++; !again {
					next[n.Room]++
				}
				mu.Unlock()
				if again {
					ended(t, l.Retry(0))
					continue
				}
				ended(t, l.Done())
				total <- struct{}{}
			}
		})
	}
	putting.Wait()
	for range rooms * each {
		select {
		case <-total:
		case <-time.After(within):
			t.Fatalf("stuck after %v", next)
		}
	}
	counted(t, s, inbox.Counts{})
	stop()
	taking.Wait()
}

func TestNoClusterIsNamed(t *testing.T) {
	o := options(t)
	o.NATSURL = "nats://127.0.0.1:1"
	if _, err := jetstream.Open(t.Context(), o); fault.Of(err) != fault.Invalid {
		t.Errorf("no cluster: %v", err)
	}
}
