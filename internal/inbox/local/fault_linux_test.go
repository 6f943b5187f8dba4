package local_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/inbox/local"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// until waits until something is so.
func until(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-tick.C:
		}
	}
}

// refused checks that a store refuses events at once, and that Ready says why.
func refused(t *testing.T, s *local.Store, why string) {
	t.Helper()
	began := time.Now()
	_, err := s.Put(t.Context(), event("refused", 1))
	message, hint := fault.Text(err)
	if fault.Of(err) != fault.Unavailable || !strings.Contains(message, why) || hint == "" {
		t.Errorf("Put: %v; want that it is %s", err, why)
	}
	err = s.Ready(t.Context())
	if message, _ := fault.Text(err); !strings.Contains(message, why) {
		t.Errorf("Ready: %v; want that it is %s", err, why)
	}
	t.Logf("refused twice in %s: %v", time.Since(began), err)
}

// whole checks that a store has every event that it acknowledged, and works.
func whole(t *testing.T, s *local.Store, rooms string, acknowledged int) {
	t.Helper()
	until(t, func() bool { return s.Ready(t.Context()) == nil })
	if stored, err := s.Put(t.Context(), event("refused", 1)); err != nil {
		t.Errorf("Put: %v, %v", stored, err)
	}
	taken := map[string]bool{}
	for {
		counts, err := s.Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if counts.Waiting == 0 {
			break
		}
		l, err := s.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if taken[l.Event().Key()] {
			t.Errorf("%s is taken twice", l.Event().ID)
		}
		taken[l.Event().Key()] = true
		if err := l.Done(); err != nil {
			t.Error(err)
		}
	}
	for i := range acknowledged {
		if !taken[event(fmt.Sprint(rooms, i), i).Key()] {
			t.Errorf("event %d is lost", i)
		}
	}
}

// fill puts events, and results beside them, until the store refuses them. It returns how many were
// acknowledged.
func fill(t *testing.T, s *local.Store, rooms string) (acknowledged int) {
	t.Helper()
	big := make([]byte, 64<<10)
	for i := range big {
		big[i] = byte(i * i >> 3)
	}
	for {
		if _, err := s.Put(t.Context(), event(fmt.Sprint(rooms, acknowledged), acknowledged)); err != nil {
			return acknowledged
		}
		acknowledged++
		_ = s.Results().Put(t.Context(), fmt.Sprint("key", acknowledged), big) // may be refused: Put says it
	}
}

func on(t *testing.T, dir string) *local.Store {
	t.Helper()
	o := options(t)
	o.DataDir, o.KeepAnswers, o.InboxCapacity = filepath.Join(dir, "data"), time.Hour, 1_000_000
	s := open(t, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFullDisk(t *testing.T) {
	dir := inboxtest.SmallDisk(t, "size=24m")
	s := on(t, dir)
	for _, rooms := range []string{"first", "second"} {
		release := inboxtest.FillDisk(t, dir)
		n := fill(t, s, rooms)
		refused(t, s, "full")
		l, err := s.Take(t.Context()) // work goes on
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Retry(0); err != nil {
			t.Error(err)
		}
		release()
		whole(t, s, rooms, n)
		t.Logf("%d events were acknowledged", n)
	}
}

func TestNoInodes(t *testing.T) {
	dir := inboxtest.SmallDisk(t, "size=64m,nr_inodes=40")
	s := on(t, dir)
	var files []string
	for i := 0; ; i++ {
		path := filepath.Join(dir, fmt.Sprint("file", i))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			break
		}
		files = append(files, path)
	}
	n := fill(t, s, "room")
	refused(t, s, "full")
	for _, path := range files {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
	whole(t, s, "room", n)
}

// brokenFS is a file system in memory whose writes fail while err is set.
type brokenFS struct {
	vfs.FS
	err atomic.Pointer[error]
}

func (f *brokenFS) broken() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (f *brokenFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.broken(); err != nil {
		return nil, err
	}
	file, err := f.FS.Create(name, c)
	return &brokenFile{file, f}, err
}

func (f *brokenFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.broken(); err != nil {
		return nil, err
	}
	file, err := f.FS.ReuseForWrite(from, to, c)
	return &brokenFile{file, f}, err
}

type brokenFile struct {
	vfs.File
	fs *brokenFS
}

func (f *brokenFile) Write(p []byte) (int, error) {
	if err := f.fs.broken(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *brokenFile) SyncData() error {
	if err := f.fs.broken(); err != nil {
		return err
	}
	return f.File.SyncData()
}

func (f *brokenFile) Sync() error {
	if err := f.fs.broken(); err != nil {
		return err
	}
	return f.File.Sync()
}

// A disk that reports errors, or became read-only because of one, can't be had here: the file system
// stands for it.
func TestBrokenDisk(t *testing.T) {
	for cause, why := range map[error]string{syscall.EIO: "errors", syscall.EROFS: "read-only", syscall.EACCES: "may not write"} {
		t.Run(why, func(t *testing.T) {
			fs := &brokenFS{FS: vfs.NewMem()}
			o := options(t)
			o.DataDir, o.FS, o.KeepAnswers = "/data", fs, time.Hour
			s := open(t, o)
			defer s.Close()
			for i := range 100 {
				if _, err := s.Put(t.Context(), event(fmt.Sprint("room", i), i)); err != nil {
					t.Fatal(err)
				}
			}
			fs.err.Store(&cause)
			if err := s.Ready(t.Context()); fault.Of(err) != fault.Unavailable {
				t.Errorf("Ready: %v", err)
			}
			refused(t, s, why)
			fs.err.Store(nil)
			whole(t, s, "room", 100)
		})
	}
}

func TestReadOnlyFromTheStart(t *testing.T) {
	dir := inboxtest.SmallDisk(t, "size=24m")
	o := options(t)
	o.DataDir = filepath.Join(dir, "data")
	if err := open(t, o).Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := local.Open(o); fault.Of(err) != fault.Invalid || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	} else {
		t.Log(err)
	}
}

// A directory that is removed isn't replaced before a restart.
func TestDirectoryGone(t *testing.T) {
	for _, what := range []string{"data", "data/inbox"} {
		dir := t.TempDir()
		s := on(t, dir)
		if _, err := s.Put(t.Context(), event("room0", 0)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, what)); err != nil {
			t.Fatal(err)
		}
		refused(t, s, "removed")
		local.TryAgain(s)
		refused(t, s, "removed")
		if _, err := os.Stat(filepath.Join(dir, "data/inbox")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s there is an inbox again: %v", what, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		whole(t, on(t, dir), "room", 0)
	}
}

// However often the store tried again meanwhile, a directory that is put back has everything.
func TestDirectoryMovedAndPutBack(t *testing.T) {
	for _, what := range []string{"data", "data/inbox"} {
		dir := t.TempDir()
		s := on(t, dir)
		for i := range 3 {
			if _, err := s.Put(t.Context(), event(fmt.Sprint("room", i), i)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, what)
		if err := os.Rename(path, path+".moved"); err != nil {
			t.Fatal(err)
		}
		refused(t, s, "moved")
		local.TryAgain(s)
		refused(t, s, "moved")
		if err := os.Rename(path+".moved", path); err != nil {
			t.Fatal(err)
		}
		whole(t, s, "room", 3)
	}
}

// An empty directory in the place of the one that was moved isn't taken for it.
func TestDirectoryReplaced(t *testing.T) {
	dir := t.TempDir()
	s := on(t, dir)
	if _, err := s.Put(t.Context(), event("room0", 0)); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Rename(data, data+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(data, "inbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, s, "moved")
	local.TryAgain(s)
	refused(t, s, "moved")
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(data+".moved", data); err != nil {
		t.Fatal(err)
	}
	whole(t, s, "room", 1)
}

// The process has no descriptors left: a child, as its limit is what is meant.
func TestNoDescriptors(t *testing.T) {
	if dir := os.Getenv("OVERWATCH_TEST_DESCRIPTORS"); dir != "" {
		withoutDescriptors(t, dir)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoDescriptors$", "-test.v")
	cmd.Env = append(os.Environ(), "OVERWATCH_TEST_DESCRIPTORS="+t.TempDir())
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

func withoutDescriptors(t *testing.T, dir string) {
	limit := syscall.Rlimit{Cur: 100, Max: 100}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	s := on(t, dir)
	var files []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		files = append(files, f)
	}
	n := fill(t, s, "room")
	refused(t, s, "descriptors")
	for _, f := range files {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	whole(t, s, "room", n)
	t.Logf("%d events were acknowledged", n)
}

// What ends while the disk can't be written is written when it can: nothing is handled twice.
func TestWhatEndsMeanwhileIsWritten(t *testing.T) {
	dir := inboxtest.SmallDisk(t, "size=24m")
	o := options(t)
	o.DataDir, o.KeepAnswers = filepath.Join(dir, "data"), time.Hour
	s := open(t, o)
	for i := range 3 {
		if _, err := s.Put(t.Context(), event(fmt.Sprint("room", i), i)); err != nil {
			t.Fatal(err)
		}
	}
	var leases []inbox.Lease
	for range 3 {
		l, err := s.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leases = append(leases, l)
	}
	if err := os.Rename(o.DataDir, o.DataDir+".moved"); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return s.Ready(t.Context()) != nil })
	_, err := s.Put(t.Context(), event("a", 1)) // so that the writer finds out
	if err == nil {
		t.Error("an event was taken")
	}
	for _, l := range leases {
		if err := l.Done(); err != nil {
			t.Error(err)
		}
	}
	if err := os.Rename(o.DataDir+".moved", o.DataDir); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return s.Ready(t.Context()) == nil })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, o)
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if l, err := s.Take(ctx); err == nil {
		t.Errorf("%s is handled again", l.Event().ID)
	}
}
