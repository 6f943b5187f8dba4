package local_test

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/inbox/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func options(t *testing.T) local.Options {
	t.Helper()
	log := logrus.New()
	log.SetOutput(t.Output())
	return local.Options{Config: inbox.Config{DataDir: filepath.Join(t.TempDir(), "data"), InboxCapacity: 1000, InboxSync: "always"}, Log: log}
}

func open(t *testing.T, o local.Options) *local.Store {
	t.Helper()
	s, err := local.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	for name, change := range map[string]func(*local.Options){
		"disk":     func(*local.Options) {},
		"interval": func(o *local.Options) { o.InboxSync = "interval" },
		"memory":   func(o *local.Options) { o.FS = vfs.NewMem() },
	} {
		t.Run(name, func(t *testing.T) {
			inboxtest.Run(t, func(t *testing.T, capacity int) inboxtest.Place {
				o := options(t)
				o.InboxCapacity = capacity
				change(&o)
				return func(t *testing.T) inbox.Store { return open(t, o) }
			})
		})
	}
}
