package local_test

import (
	"testing"

	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/inbox/local"
)

// A store that is closed while its writer is busy ends, too: the test hangs if it doesn't.
func TestCloseWhileWriting(t *testing.T) {
	if err := local.CloseWhileWriting(inboxtest.Open(t, 10)); err != nil {
		t.Error(err)
	}
}
