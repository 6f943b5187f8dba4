package inboxtest

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"

	"overwatch/internal/inbox"
	"overwatch/internal/inbox/local"
)

// Open returns an empty store in memory, for tests of what uses an inbox. It is closed when the test ends.
func Open(t testing.TB, capacity int) *local.Store {
	t.Helper()
	log := logrus.New()
	log.SetOutput(t.Output())
	log.SetLevel(logrus.WarnLevel)
	s, err := local.Open(local.Options{Config: inbox.Config{DataDir: "/data", InboxCapacity: capacity, InboxSync: "always"}, Log: log, FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
