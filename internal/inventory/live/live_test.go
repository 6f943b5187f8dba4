package live_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/inventory"
	"overwatch/internal/inventory/live"
	"overwatch/internal/secret"
)

// script is a source that says what a test wants.
type script struct {
	mu      sync.Mutex
	devices []inventory.Device
	err     error
	asked   int
}

func (s *script) Devices(context.Context) ([]inventory.Device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return s.devices, s.err
}

func (s *script) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *script) say(err error, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.devices = err, nil
	for _, name := range names {
		s.devices = append(s.devices, inventory.Device{Name: name, Host: "192.0.2.1"})
	}
}

var base = inventory.Device{Port: 443, Platform: "ios-xe", Login: inventory.Login{Username: "operator", Password: secret.New("unspoken")}}

func feed(name string, s inventory.Source, refresh time.Duration) live.Feed {
	return live.Feed{Name: name, Key: name, Source: s, Base: base, Refresh: refresh}
}

type logged struct {
	strings.Builder
	log *logrus.Logger
}

func newLog() *logged {
	l := &logged{log: logrus.New()}
	l.log.SetOutput(&l.Builder)
	l.log.SetFormatter(&logrus.TextFormatter{DisableColors: true, DisableTimestamp: true})
	return l
}

func quiet() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

func open(t *testing.T, o live.Options) *live.Live {
	t.Helper()
	if o.Log == nil {
		o.Log = quiet()
	}
	o.Now = time.Now
	l, err := live.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func names(in *inventory.Inventory) string {
	var list []string
	for d := range in.All() {
		list = append(list, d.Name)
	}
	return strings.Join(list, " ")
}

// The first of two devices of one name counts; what can't be asked is left out and said once.
func TestJoin(t *testing.T) {
	one, two, log := &script{}, &script{}, newLog()
	one.devices = []inventory.Device{
		{Name: "core sw 1", Host: "192.0.2.1", Port: 8443, Platform: "openconfig", Groups: []string{"site:new york", "b/c", "-"}},
		{Name: "R1", Host: "192.0.2.2"},
		{Name: "no-address"},
		{Name: "odd", Host: "{{ x }}"},
		{Name: "port", Host: "a", Port: -1},
		{Name: "***", Host: "a"},
	}
	two.say(nil, "r2", "core-sw-1")
	second := feed("two", two, 0)
	second.Base.Groups = []string{"from-two"}
	l := open(t, live.Options{
		Fixed: []inventory.Device{{Name: "r1", Host: "fixed", Port: 1}}, Feeds: []live.Feed{feed("one", one, 0), second}, Log: log.log,
	})
	if err := l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := names(l.Inventory()); got != "core-sw-1 r1 r2" {
		t.Errorf("got %s", got)
	}
	d, _ := l.Inventory().Get("core-sw-1")
	if fmt.Sprintf("%d %s %v", d.Port, d.Platform, d.Groups) != "8443 openconfig [b/c site:new-york]" || d.Login.Username != "operator" || d.Login.Password.Reveal() != "unspoken" {
		t.Errorf("got %+v", d)
	}
	if r1, _ := l.Inventory().Get("r1"); r1.Host != "fixed" {
		t.Errorf("the file doesn't win: %+v", r1)
	}
	r2, _ := l.Inventory().Get("r2")
	if fmt.Sprintf("%d %s %v", r2.Port, r2.Platform, r2.Groups) != "443 ios-xe [from-two]" {
		t.Errorf("got %+v", r2)
	}
	if err := l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `5 of 6 devices are left out: R1 (already in the device file), no-address (no address), odd (address \"{{ x }}\"), port (port -1), *** (no usable name)`
	if got := log.String(); strings.Count(got, want) != 1 || strings.Count(got, "core-sw-1 (already in one)") != 1 {
		t.Errorf("logged %s", got)
	}
}

// A source that fails keeps its devices, with their age; it is asked again sooner.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		s.say(nil, "r1")
		l := open(t, live.Options{Feeds: []live.Feed{feed("netbox", s, time.Hour)}})
		if err := l.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		learned := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		changes := make(chan *inventory.Inventory, 10)
		ended := make(chan struct{})
		go func() { defer close(ended); l.Follow(ctx, func(in *inventory.Inventory) { changes <- in }) }()

		time.Sleep(time.Hour + time.Second)
		if len(changes) > 0 || s.times() != 2 {
			t.Fatalf("without a change: %d changes, asked %d times", len(changes), s.times())
		}
		s.say(nil, "r1", "r2")
		if in := <-changes; names(in) != "r1 r2" || len(in.Stale()) > 0 {
			t.Errorf("a new device: %s %v", names(in), in.Stale())
		}
		learned = learned.Add(2 * time.Hour)
		s.say(errors.New("no way to it"))
		if in := <-changes; names(in) != "r1 r2" || len(in.Stale()) != 1 || !in.Stale()[0].At.Equal(learned) || in.Stale()[0].Devices != 2 {
			t.Errorf("an outage: %s %v, learned %v", names(in), in.Stale(), learned)
		}
		asked := s.times()
		time.Sleep(10*time.Minute + time.Second)
		if n := s.times() - asked; n < 4 || n > 30 || len(changes) > 0 { // sooner than hourly, with growing pauses
			t.Errorf("during the outage: asked %d times, %d changes", s.times()-asked, len(changes))
		}
		if st := l.States()[0]; st.Err == nil || st.Err.Error() == "" || st.Devices != 2 || !st.At.Equal(learned) {
			t.Errorf("its state: %+v", st)
		}
		s.say(nil, "r1", "r2")
		if in := <-changes; len(in.Stale()) != 0 {
			t.Errorf("afterwards: %v", in.Stale())
		}
		stop()
		<-ended
	})
}

// What was known outlives a restart, and nothing secret is written down.
func TestCopies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "inventory")
	s := &script{}
	s.say(nil, "r1", "r2")
	f := feed("netbox", s, time.Hour)
	before := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir})
	if err := before.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("copies: %v %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(text), "unspoken") || strings.Contains(string(text), "operator") {
		t.Errorf("the copy: %s %v", text, err)
	}
	s.say(errors.New("gone"))
	after := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir})
	if err := after.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "netbox") {
		t.Errorf("the failure isn't told: %v", err)
	}
	d, ok := after.Inventory().Get("r2")
	if !ok || d.Login.Username != "operator" || len(after.Inventory().Stale()) != 1 {
		t.Errorf("after a restart: %s %v", names(after.Inventory()), after.Inventory().Stale())
	}

	// Another question, or a copy that is broken, isn't taken over.
	other := f
	other.Key = "netbox with another filter"
	if l := open(t, live.Options{Feeds: []live.Feed{other}, CopyDir: dir}); l.Inventory().Len() != 0 {
		t.Errorf("another question gets %s", names(l.Inventory()))
	}
	if err := os.WriteFile(files[0], text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	log := newLog()
	if l := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir, Log: log.log}); l.Inventory().Len() != 0 || !strings.Contains(log.String(), "can't read the copy") {
		t.Errorf("half a copy gives %s, logged %s", names(l.Inventory()), log.String())
	}
}

// A reload takes over what was known before, if the question is the same.
func TestBefore(t *testing.T) {
	s := &script{}
	s.say(nil, "r1")
	before := open(t, live.Options{Feeds: []live.Feed{feed("netbox", s, time.Hour)}})
	if err := before.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.say(errors.New("gone"))
	f := feed("netbox", s, time.Hour)
	f.Base.Platform = "openconfig"
	l := open(t, live.Options{Feeds: []live.Feed{f}, Previous: before})
	if err := l.Refresh(t.Context()); err == nil {
		t.Error("the failure isn't told")
	}
	if d, ok := l.Inventory().Get("r1"); !ok || d.Platform != "openconfig" {
		t.Errorf("got %+v", d)
	}
}

// A source that had devices and has none all at once keeps them, loudly, until somebody confirms it.
func TestFromManyToNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, log := t.TempDir(), newLog()
		s := &script{}
		s.say(nil, "r1", "r2")
		f := feed("netbox", s, 10*time.Minute)
		l := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir, Log: log.log})
		if err := l.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		changes := make(chan *inventory.Inventory, 10)
		ended := make(chan struct{})
		go func() { defer close(ended); l.Follow(ctx, func(in *inventory.Inventory) { changes <- in }) }()
		s.say(nil)
		if in := <-changes; in.Len() != 2 || len(in.Stale()) != 1 {
			t.Errorf("the first time: %s %v", names(in), in.Stale())
		}
		time.Sleep(time.Hour)
		const want = "it returned no devices, but had 2. They stay until this is confirmed."
		if l.Inventory().Len() != 2 || strings.Count(log.String(), want) != 1 || !strings.Contains(log.String(), "level=error") {
			t.Errorf("an hour later: %s, logged %s", names(l.Inventory()), log.String())
		}
		s.say(nil, "r3")
		if in := <-changes; names(in) != "r3" || len(in.Stale()) != 0 {
			t.Errorf("back again: %s %v", names(in), in.Stale())
		}
		s.say(nil)
		<-changes
		stop()
		<-ended

		// A reload by somebody who was told confirms it.
		reloaded := open(t, live.Options{Feeds: []live.Feed{f}, Previous: l})
		if err := reloaded.Refresh(t.Context()); err != nil || reloaded.Inventory().Len() != 0 {
			t.Errorf("a reload: %s, %v", names(reloaded.Inventory()), err)
		}
	})
}

// Without a warning before, neither a restart nor a reload confirms anything.
func TestNoneAtARestart(t *testing.T) {
	dir := t.TempDir()
	s := &script{}
	s.say(nil, "r1", "r2")
	f := feed("netbox", s, time.Hour)
	before := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir})
	if err := before.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.say(nil)
	after := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir})
	if err := after.Refresh(t.Context()); err == nil || after.Inventory().Len() != 2 {
		t.Errorf("the first restart: %s, %v", names(after.Inventory()), err)
	}
	again := open(t, live.Options{Feeds: []live.Feed{f}, CopyDir: dir})
	if err := again.Refresh(t.Context()); err != nil || again.Inventory().Len() != 0 {
		t.Errorf("the second: %s, %v", names(again.Inventory()), err)
	}
	if first := open(t, live.Options{Feeds: []live.Feed{f}}); first.Refresh(t.Context()) != nil || first.Inventory().Len() != 0 {
		t.Error("none at the first start is an error")
	}
}
