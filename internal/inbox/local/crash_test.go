package local_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/local"
)

// cutFS is a crashable file system that loses its power right before one of its operations.
type cutFS struct {
	vfs.FS
	mem *vfs.MemFS

	mu   sync.Mutex
	left int    // operations until the power fails
	cut  func() // called once, before the operation
}

func (f *cutFS) step() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left == 0 {
		f.cut()
	}
}

func (f *cutFS) opened(file vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &cutFile{file, f}, nil
}

func (f *cutFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.step()
	return f.opened(f.FS.Create(name, c))
}

func (f *cutFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.step()
	return f.opened(f.FS.ReuseForWrite(from, to, c))
}

func (f *cutFS) OpenDir(name string) (vfs.File, error) { return f.opened(f.FS.OpenDir(name)) }

func (f *cutFS) Remove(name string) error {
	f.step()
	return f.FS.Remove(name)
}

func (f *cutFS) Rename(from, to string) error {
	f.step()
	return f.FS.Rename(from, to)
}

type cutFile struct {
	vfs.File
	fs *cutFS
}

func (f *cutFile) Write(p []byte) (int, error) {
	f.fs.step()
	return f.File.Write(p)
}

func (f *cutFile) Sync() error {
	f.fs.step()
	return f.File.Sync()
}

func (f *cutFile) SyncData() error {
	f.fs.step()
	return f.File.SyncData()
}

// promises are what a store acknowledged.
type promises struct {
	put    map[string]int  // events, by key, with their place in the order of their space
	ended  map[string]bool // those whose end was begun: they may be handled again
	buried map[string]bool
	gone   map[string]bool // dead letters whose replay or removal was begun
	note   int             // the last one acknowledged
	noting int             // the last one begun
}

func (p *promises) clone() promises {
	c := *p
	c.put, c.ended, c.buried, c.gone = maps.Clone(p.put), maps.Clone(p.ended), maps.Clone(p.buried), maps.Clone(p.gone)
	return c
}

// life lets events live in a store, at random, and notes what is promised.
type life struct {
	t     *testing.T
	store *local.Store
	rng   *rand.Rand

	mu sync.Mutex
	promises
	leases []inbox.Lease
	next   int
}

func (l *life) note(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Error(err)
	}
}

// step does one thing.
func (l *life) step() {
	ctx := l.t.Context()
	switch l.rng.IntN(10) {
	case 0, 1, 2, 3:
		l.next++
		e := event(fmt.Sprint("room", l.rng.IntN(4)), l.next)
		_, err := l.store.Put(ctx, e)
		l.must(err)
		l.note(func() { l.put[e.Key()] = l.next })
	case 4:
		l.next++
		e := event(fmt.Sprint("due", l.next), l.next) // a space of its own, as it comes when it comes
		l.must(l.store.PutLater(ctx, e, time.Now()))
		l.note(func() { l.put[e.Key()] = l.next })
	case 5, 6, 7:
		l.take()
	case 8:
		l.note(func() { l.noting++ })
		l.must(l.store.Write(ctx, "note", []byte(strconv.Itoa(l.noting))))
		l.note(func() { l.promises.note = l.noting })
	case 9:
		size := 10 << 10
		if l.rng.IntN(4) == 0 {
			size = 700 << 10 // fills a memtable
		}
		l.must(l.store.Results().Put(ctx, fmt.Sprint("key", l.rng.IntN(3)), bytes.Repeat([]byte{byte(l.next)}, size)))
	}
}

// take leases an event, if there is one, and ends one of those that are leased.
func (l *life) take() {
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Millisecond)
	defer cancel()
	if lease, err := l.store.Take(ctx); err == nil {
		l.leases = append(l.leases, lease)
	}
	if len(l.leases) == 0 {
		return
	}
	i := l.rng.IntN(len(l.leases))
	lease := l.leases[i]
	l.leases = append(l.leases[:i:i], l.leases[i+1:]...)
	key := lease.Event().Key()
	switch l.rng.IntN(8) {
	case 0:
		l.must(lease.Retry(0))
	case 1:
		l.note(func() { l.ended[key] = true })
		l.must(lease.Bury("at random"))
		l.note(func() { l.buried[key] = true })
	case 2:
		l.note(func() { l.ended[key] = true })
		l.must(lease.Bury("to be replayed"))
		l.note(func() { l.gone[key] = true })
		for d, err := range l.store.Dead(l.t.Context()) {
			l.must(err)
			if d.Event.Key() == key {
				l.must(l.store.Replay(l.t.Context(), d.ID))
				l.note(func() { delete(l.ended, key); delete(l.gone, key); l.next++; l.put[key] = l.next })
			}
		}
	default:
		l.must(lease.Keep(1))
		l.note(func() { l.ended[key] = true })
		l.must(lease.Done())
	}
}

// cuts is how many times the power fails: a few, or as often as OVERWATCH_CUTS says.
func cuts(t *testing.T) int {
	t.Helper()
	if text := os.Getenv("OVERWATCH_CUTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 100
}

// The machine loses its power at a random operation on the disk, of which nothing, all or some is on the disk
// afterwards that wasn't synced. Whatever was acknowledged is there, in its order.
func TestPowerLoss(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	base, again, most := rand.Uint64(), 0, 0
	t.Logf("seeds from %d", base)
	if text := os.Getenv("OVERWATCH_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		base = seed
	}
	for i := range cuts(t) {
		n := loseOnce(t, base+uint64(i), log)
		if again += n; n > most {
			most = n
		}
		if t.Failed() {
			t.Fatalf("seed %d (OVERWATCH_SEED)", base+uint64(i))
		}
	}
	t.Logf("%d cuts; %d events that were handled come again, at most %d after one cut", cuts(t), again, most)
}

// loseOnce returns how many events that were handled come again.
func loseOnce(t *testing.T, seed uint64, log *logrus.Logger) (again int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	mem := vfs.NewCrashableMem()
	fs := &cutFS{FS: mem, mem: mem}
	options := local.Options{Config: inbox.Config{DataDir: "/data", InboxCapacity: 1000, InboxSync: "always", KeepAnswers: time.Hour}, Log: log, FS: fs}
	l := &life{t: t, rng: rng, promises: promises{put: map[string]int{}, ended: map[string]bool{}, buried: map[string]bool{}, gone: map[string]bool{}}}
	var promised promises
	var after *vfs.MemFS
	unsynced := rng.IntN(101) // drawn here: the power may fail in a goroutine of Pebble's
	cut := func() {
		l.note(func() { promised = l.clone() })
		after = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: rand.New(rand.NewPCG(seed, 2))})
	}
	fs.cut, fs.left = cut, 20+rng.IntN(200)
	var err error
	if l.store, err = local.Open(options); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		l.step()
	}
	if err := l.store.Close(); err != nil {
		t.Error(err)
	}
	if after == nil {
		cut()
	}

	options.FS = after
	s, err := local.Open(options)
	if err != nil {
		t.Errorf("it doesn't open after the cut: %v", err)
		return 0
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	taken, last := map[string]bool{}, map[string]int{}
	missing := func() (n int) {
		for key := range promised.put {
			if !taken[key] && !promised.ended[key] {
				n++
			}
		}
		return n
	}
	for {
		wait := time.Millisecond
		if missing() > 0 {
			wait = 5 * time.Second // which nothing needs, unless it is lost
		}
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		lease, err := s.Take(ctx)
		cancel()
		if err != nil {
			break
		}
		e := lease.Event()
		place, acknowledged := promised.put[e.Key()]
		if taken[e.Key()] {
			t.Errorf("%s is taken twice", e.Key())
		}
		if acknowledged && !promised.gone[e.Key()] && place < last[e.Room] {
			t.Errorf("%s comes after a later one", e.Key())
		}
		if acknowledged && promised.ended[e.Key()] {
			again++
		}
		taken[e.Key()] = true
		if !promised.gone[e.Key()] {
			last[e.Room] = max(last[e.Room], place)
		}
		if err := lease.Done(); err != nil {
			t.Error(err)
		}
	}
	dead := map[string]bool{}
	for d, err := range s.Dead(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		dead[d.Event.Key()] = true
	}
	for key := range promised.put {
		if !taken[key] && !promised.ended[key] {
			t.Errorf("%s is lost", key)
		}
	}
	for key := range promised.buried {
		if !dead[key] {
			t.Errorf("the dead letter %s is lost", key)
		}
	}
	text, err := s.Read(t.Context(), "note")
	value, _ := strconv.Atoi(string(text))
	if err != nil || value < promised.note || value > promised.noting {
		t.Errorf("the note is %q, %v; want %d to %d", text, err, promised.note, promised.noting)
	}
	return again
}

func event(room string, n int) chat.Event {
	return chat.Event{Resource: "messages", Action: "created", ID: fmt.Sprintf("%s-%d", room, n), Room: room}
}
