package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/gofrs/flock"

	"overwatch/internal/fault"
)

// Names in the data directory.
const (
	lockName    = "lock"
	inboxName   = "inbox" // Pebble's directory
	ballastName = "ballast"
	socketName  = "inbox.sock"
)

// directory is the data directory while this process has it. A nil directory is in memory and always there.
type directory struct {
	data string
	lock *flock.Flock
	seen atomic.Pointer[os.FileInfo] // of Pebble's directory, as it was opened; nil before
}

// errInUse is returned for a directory that another process has.
var errInUse = errors.New("the data directory is in use")

// take checks a data directory, makes it if there is none, and locks it. The error is a fault that says
// what to do, or errInUse.
func take(data string) (*directory, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, unusable(data, err)
	}
	if err := inspect(data); err != nil {
		return nil, err
	}
	d := &directory{data: data, lock: flock.New(filepath.Join(data, lockName), flock.SetPermissions(0o600))}
	return d, d.hold()
}

// hold locks the directory.
func (d *directory) hold() error {
	switch held, err := d.lock.TryLock(); {
	case err != nil:
		return unusable(d.data, err)
	case !held:
		return errInUse
	}
	return nil
}

func unusable(data string, err error) error {
	hint := "Name a directory that the bot may write to with --data-dir."
	if errors.Is(err, fs.ErrPermission) {
		hint = "Give the bot's user the right to write there, or name another directory with --data-dir."
	}
	return &fault.Error{Kind: fault.Invalid, Message: "The bot can't keep its inbox in " + data + ".", Hint: hint, Cause: err}
}

// inspect refuses a directory that others can change, and one of the first edition.
func inspect(data string) error {
	info, err := os.Stat(data)
	if err != nil {
		return unusable(data, err)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("Every user of this machine can write to the data directory %s (mode %04o).", data, info.Mode().Perm()),
			Hint: "Run chmod o-w " + data + ", or name a directory inside it with --data-dir.",
		}
	}
	for _, name := range []string{inboxName, lockName, socketName, ballastName, "audit"} {
		path := filepath.Join(data, name)
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return &fault.Error{
				Kind: fault.Invalid, Message: path + " is a symbolic link; the bot doesn't follow links inside its data directory.",
				Hint: "Replace it by a directory of its own, or name the directory that should be used with --data-dir.",
			}
		}
	}
	for _, name := range []string{"jetstream", "journal"} {
		path := filepath.Join(data, name)
		if _, err := os.Stat(path); err == nil {
			return &fault.Error{
				Kind: fault.Invalid, Message: fmt.Sprintf("%s holds the inbox of an older version of the bot (%s).", data, path),
				Hint: "Let the older version finish: when its overwatch inbox says 0 waiting, stop it and move " + filepath.Join(data, "jetstream") + " and " +
					filepath.Join(data, "journal") + " elsewhere. Or name another directory with --data-dir. Nothing was changed.",
			}
		}
	}
	return nil
}

// check returns errGone unless Pebble's directory is the one that was opened.
func (d *directory) check() error {
	if d == nil {
		return nil
	}
	seen := d.seen.Load()
	if seen == nil {
		return nil
	}
	now, err := os.Stat(filepath.Join(d.data, inboxName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errGone
	case err != nil:
		return err
	case !os.SameFile(now, *seen):
		return errGone
	}
	return nil
}

// look notes which directory was opened.
func (d *directory) look() error {
	if d == nil {
		return nil
	}
	info, err := os.Stat(filepath.Join(d.data, inboxName))
	if err == nil {
		d.seen.Store(&info)
	}
	return err
}

// release unlocks the directory.
func (d *directory) release() error {
	if d == nil {
		return nil
	}
	return d.lock.Close()
}
