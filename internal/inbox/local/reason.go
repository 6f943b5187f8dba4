package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cockroachdb/pebble/v2"

	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// Reasons of the store's own, beside those of the operating system.
var (
	errGone = errors.New("the directory was removed or moved")
	errSlow = errors.New("a write takes longer than 2 s")
)

// reasons say in words why the inbox can't write, and what helps.
var reasons = []struct {
	err           error
	message, hint string
}{
	{inbox.ErrClosed, "The inbox in %s is closed.", ""},
	{errGone, "The inbox directory %s was removed or moved.", "Put it back; the inbox then works again by itself. If it is lost, restart the bot: it starts with an empty inbox."},
	{pebble.ErrDBDoesNotExist, "The files of the inbox in %s were removed.", "Put them back; the inbox then works again by itself. If they are lost, restart the bot: it starts with an empty inbox."},
	{errSlow, "The disk of the inbox in %s doesn't respond.", "Check the disk; the inbox works again by itself when writes do."},
	{syscall.ENOSPC, "The disk of the inbox in %s is full.", "Free disk space or inodes; the inbox then works again by itself."},
	{syscall.EDQUOT, "The disk quota of the inbox in %s is used up.", "Free disk space; the inbox then works again by itself."},
	{syscall.EROFS, "The disk of the inbox in %s is read-only.", "Make it writable; the inbox then works again by itself."},
	{syscall.EACCES, "The bot may not write to the inbox in %s.", "Give the bot's user the right to write there; the inbox then works again by itself."},
	{syscall.EPERM, "The bot may not write to the inbox in %s.", "Give the bot's user the right to write there; the inbox then works again by itself."},
	{syscall.EIO, "The disk of the inbox in %s reports errors.", "Check the disk; the inbox works again by itself when writes do."},
	{syscall.EMFILE, "The bot has no file descriptors left for the inbox in %s.", "Raise the limit (ulimit -n); the inbox works again by itself when some are free."},
	{syscall.ENFILE, "The machine has no file descriptors left for the inbox in %s.", "Close other programs; the inbox works again by itself when some are free."},
	{fs.ErrNotExist, "Files of the inbox in %s were removed.", "See the log."},
}

// unavailable is the fault for a cause that keeps the inbox from writing or reading.
func unavailable(dir string, cause error) error {
	if errors.Is(cause, context.Canceled) {
		return cause
	}
	f := &fault.Error{Kind: fault.Unavailable, Message: "The inbox in " + dir + " can't be written.", Hint: "See the log; the inbox works again by itself when it can be written.", Cause: cause}
	if errors.Is(cause, context.DeadlineExceeded) {
		cause = errSlow
	}
	for _, r := range reasons {
		if errors.Is(cause, r.err) {
			f.Message, f.Hint = fmt.Sprintf(r.message, dir), r.hint
			break
		}
	}
	return f
}
