package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
)

// maxStore is how much of the disk an embedded inbox takes at most, in bytes. A notice has about 500.
const maxStore = 4 << 30

// embedded is a NATS server in this process, without a port. Who may read the data directory reaches
// it through a socket file, which is how overwatch inbox looks into a running bot.
type embedded struct {
	server *natsserver.Server
	lock   *flock.Flock
	door   net.Listener // nil where the path is too long for a socket
	guests sync.WaitGroup
}

// errTaken says that another process has the data directory.
var errTaken = errors.New("the data directory is in use")

func startEmbedded(dir string, sync time.Duration, log logrus.FieldLogger) (_ *embedded, err error) {
	e := &embedded{lock: flock.New(filepath.Join(dir, "lock"))}
	defer func() {
		if err != nil {
			e.stop()
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(dir, err)
	}
	switch mine, err := e.lock.TryLock(); {
	case err != nil:
		return nil, unusable(dir, err)
	case !mine:
		return nil, errTaken
	}
	e.server, err = natsserver.NewServer(&natsserver.Options{
		ServerName: "overwatch", DontListen: true, NoSigs: true, NoSystemAccount: true,
		JetStream: true, StoreDir: dir, SyncInterval: sync, JetStreamMaxStore: maxStore, JetStreamMaxMemory: 64 << 20,
	})
	if err != nil {
		return nil, unusable(dir, err)
	}
	e.server.SetLoggerV2(natsLog{log.WithField("part", "inbox")}, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(30 * time.Second) {
		return nil, unusable(dir, errors.New("the embedded NATS server doesn't start"))
	}
	e.open(filepath.Join(dir, socketName), log)
	return e, nil
}

func unusable(dir string, err error) error {
	return &fault.Error{
		Kind: fault.Invalid, Message: "I can't keep an inbox in " + dir + ".",
		Hint: "Name a directory that I may write to with --data-dir.", Cause: err,
	}
}

const socketName = "inbox.sock"

// open lets guests in. Without a door everything but overwatch inbox works.
func (e *embedded) open(path string, log logrus.FieldLogger) {
	_ = os.Remove(path) // of a process that died: the lock is ours
	door, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		log.WithError(err).Warn("overwatch inbox can't look into the running bot; it can while the bot is stopped")
		return
	}
	e.door = door
	e.guests.Go(func() {
		for {
			guest, err := door.Accept()
			if err != nil {
				return // closed
			}
			e.guests.Go(func() { e.serve(guest) })
		}
	})
}

// serve connects a guest with the server until either hangs up.
func (e *embedded) serve(guest net.Conn) {
	inside, err := e.server.InProcessConn()
	if err != nil {
		_ = guest.Close() // the server is stopping
		return
	}
	var both sync.WaitGroup
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // an error is the end of the visit
		_ = to.Close()
		_ = from.Close()
	}
	both.Go(func() { pipe(inside, guest) })
	both.Go(func() { pipe(guest, inside) })
	both.Wait()
}

func (e *embedded) stop() {
	if e.door != nil {
		_ = e.door.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	e.guests.Wait()
	_ = e.lock.Unlock() // which the end of the process does as well
}

// visitor dials the door of a running bot.
type visitor struct{ path string }

// InProcessConn implements nats.InProcessConnProvider.
func (v visitor) InProcessConn() (net.Conn, error) {
	return (&net.Dialer{Timeout: 5 * time.Second}).Dial("unix", v.path)
}

// natsLog writes the server's log into ours. What it calls a notice is detail to us.
type natsLog struct{ log logrus.FieldLogger }

// These implement the server's Logger.
func (l natsLog) Noticef(f string, v ...any) { l.log.Debugf(f, v...) }
func (l natsLog) Warnf(f string, v ...any)   { l.log.Warnf(f, v...) }
func (l natsLog) Errorf(f string, v ...any)  { l.log.Errorf(f, v...) }
func (l natsLog) Fatalf(f string, v ...any)  { l.log.Error(fmt.Sprintf(f, v...)) }
func (l natsLog) Debugf(f string, v ...any)  {}
func (l natsLog) Tracef(f string, v ...any)  {}
