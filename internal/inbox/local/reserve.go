package local

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sizes of the reserve.
const (
	ballastBytes     = 4 << 20
	spareDescriptors = 8
)

// reserve is disk space and file descriptors that are given up when there are none left, so that Pebble
// can write what is in work. Until the reserve is whole again the store accepts nothing. A nil reserve is
// always whole and has nothing to give. Safe for concurrent use.
type reserve struct {
	ballast string // path

	mu    sync.Mutex
	used  error // why some of it was given up; nil while it is whole
	spare []*os.File
	wake  func() // called once it is given up
}

// short returns why some of the reserve was given up, or nil.
func (r *reserve) short() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used
}

// releaseSpace gives up the ballast.
func (r *reserve) releaseSpace() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used = syscall.ENOSPC
	_ = os.Remove(r.ballast) // if it is gone there is nothing to give
	r.wake()
}

// releaseDescriptors gives up the spare descriptors and reports whether there were any.
func (r *reserve) releaseDescriptors() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	had := len(r.spare) > 0
	r.used = syscall.EMFILE
	r.closeSpare()
	r.wake()
	return had
}

// closeSpare closes the spare descriptors. The caller must hold mu.
func (r *reserve) closeSpare() {
	for _, f := range r.spare {
		_ = f.Close()
	}
	r.spare = nil
}

// fill makes the reserve whole, or returns why it can't.
func (r *reserve) fill() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used = r.fillLocked()
	return r.used
}

func (r *reserve) fillLocked() error {
	for len(r.spare) < spareDescriptors {
		f, err := os.Open(os.DevNull)
		if err != nil {
			r.closeSpare()
			return err
		}
		r.spare = append(r.spare, f)
	}
	if info, err := os.Stat(r.ballast); err == nil && info.Size() == ballastBytes {
		return nil
	}
	f, err := os.OpenFile(r.ballast, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// Real bytes: a file with holes takes no room.
	for zeros, left := make([]byte, 64<<10), ballastBytes; left > 0 && err == nil; left -= len(zeros) {
		_, err = f.Write(zeros)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(r.ballast)
	}
	return err
}

// close releases the descriptors; the ballast stays for the next start.
func (r *reserve) close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeSpare()
}

// guard returns fs with a ballast that is given up when the disk is full.
func (r *reserve) guard(fs vfs.FS) vfs.FS {
	if r == nil {
		return fs
	}
	return vfs.OnDiskFull(fs, r.releaseSpace)
}
