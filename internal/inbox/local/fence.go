package local

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// errFenced is what an abandoned engine gets for everything it tries.
var errFenced = errors.New("the engine was abandoned")

// fence is the file system of one engine. It syncs the log apart from Pebble, gives up spare descriptors, and
// can cut an engine off for good, so that it can't write beside its successor.
//
// For Pebble a sync of the log only hands it to the operating system: without a sync Pebble keeps writes in the
// memory of the process, and with one no write gets past it. syncLogs puts them on disk.
type fence struct {
	vfs.FS
	reserve *reserve

	mu    sync.Mutex
	cut   bool
	files map[*file]bool
}

func newFence(fs vfs.FS, r *reserve) *fence {
	return &fence{FS: fs, reserve: r, files: map[*file]bool{}}
}

// cutOff closes all files and fails all calls from now on.
func (f *fence) cutOff() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = true
	for open := range f.files {
		_ = open.File.Close()
	}
	f.files = nil
}

func (f *fence) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		return errFenced
	}
	return nil
}

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// track opens a file and keeps it in mind.
func (f *fence) track(name string, open func() (vfs.File, error)) (vfs.File, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	got, err := open()
	if (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)) && f.reserve.releaseDescriptors() {
		got, err = open()
	}
	if err != nil {
		return nil, err
	}
	tracked := &file{File: got, fence: f, log: isLog(name)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		_ = got.Close()
		return nil, errFenced
	}
	f.files[tracked] = true
	return tracked, nil
}

// errorPause is how long a failed write is held up: Pebble repeats a flush at once, again and again.
const errorPause = 50 * time.Millisecond

// Create implements vfs.FS. In an engine that was cut off it ends the goroutine, since Pebble would never
// stop to repeat a flush.
func (f *fence) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	got, err := f.track(name, func() (vfs.File, error) { return f.FS.Create(name, category) })
	if errors.Is(err, errFenced) {
		runtime.Goexit()
	} else if err != nil {
		time.Sleep(errorPause)
	}
	return got, err
}

// Open implements vfs.FS.
func (f *fence) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.track("", func() (vfs.File, error) { return f.FS.Open(name, opts...) })
}

// OpenReadWrite implements vfs.FS.
func (f *fence) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.track("", func() (vfs.File, error) { return f.FS.OpenReadWrite(name, category, opts...) })
}

// OpenDir implements vfs.FS.
func (f *fence) OpenDir(name string) (vfs.File, error) {
	return f.track("", func() (vfs.File, error) { return f.FS.OpenDir(name) })
}

// ReuseForWrite implements vfs.FS.
func (f *fence) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.track(to, func() (vfs.File, error) { return f.FS.ReuseForWrite(from, to, category) })
}

// Link implements vfs.FS.
func (f *fence) Link(from, to string) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.FS.Link(from, to)
}

// Rename implements vfs.FS.
func (f *fence) Rename(from, to string) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

// Remove implements vfs.FS.
func (f *fence) Remove(name string) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

// MkdirAll implements vfs.FS.
func (f *fence) MkdirAll(dir string, perm os.FileMode) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.FS.MkdirAll(dir, perm)
}

// Lock implements vfs.FS. The store holds a lock of its own, for longer than one engine lives.
func (f *fence) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// syncLogs puts everything on disk that was written to logs before.
func (f *fence) syncLogs() error {
	f.mu.Lock()
	if f.cut {
		f.mu.Unlock()
		return errFenced
	}
	var logs []*file
	for open := range f.files {
		if open.log {
			logs = append(logs, open)
		}
	}
	f.mu.Unlock()
	for _, log := range logs {
		if err := log.persist(); err != nil {
			return err
		}
	}
	return nil
}

// file is an open file of an engine. Pebble writes it from one goroutine at a time.
type file struct {
	vfs.File
	fence *fence
	log   bool

	dirty   atomic.Bool // has data that was not synced
	syncing sync.Mutex  // held while a log is synced
	failed  error       // of the first sync that failed; those after it prove nothing
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (int, error) {
	if err := f.fence.err(); err != nil {
		return 0, err
	}
	f.dirty.Store(true)
	n, err := f.File.Write(p)
	if err != nil && !f.log {
		time.Sleep(errorPause)
	}
	return n, err
}

// Preallocate implements vfs.File.
func (f *file) Preallocate(offset, length int64) error {
	if err := f.fence.err(); err != nil {
		return err
	}
	return f.File.Preallocate(offset, length)
}

// Sync implements vfs.File.
func (f *file) Sync() error { return f.sync(f.File.Sync) }

// SyncData implements vfs.File.
func (f *file) SyncData() error { return f.sync(f.File.SyncData) }

func (f *file) sync(do func() error) error {
	if err := f.fence.err(); err != nil {
		return err
	}
	if f.log {
		return nil
	}
	return do()
}

// persist puts a log on disk. Safe for concurrent use.
func (f *file) persist() error {
	f.syncing.Lock()
	defer f.syncing.Unlock()
	if f.failed != nil || !f.dirty.Swap(false) {
		return f.failed
	}
	f.failed = f.File.SyncData()
	return f.failed
}

// Close implements io.Closer. A log is synced first: the next one is no use without it. One that can't be
// synced stays open until the engine is cut off, so that syncLogs fails too.
func (f *file) Close() error {
	if f.log && f.open() {
		if err := f.persist(); err != nil {
			return err
		}
	}
	f.fence.mu.Lock()
	open := f.fence.files[f]
	delete(f.fence.files, f)
	f.fence.mu.Unlock()
	if !open {
		return nil
	}
	f.syncing.Lock()
	defer f.syncing.Unlock()
	return f.File.Close()
}

func (f *file) open() bool {
	f.fence.mu.Lock()
	defer f.fence.mu.Unlock()
	return f.fence.files[f]
}
