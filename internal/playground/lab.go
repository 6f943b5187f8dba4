package playground

import (
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// lab is the simulated world of a playground: Webex, its people, and the devices.
type lab struct {
	webex   *webexsim.Sim
	devices *devicesim.Lab
	people  []webexsim.Person // who can be selected on the page
	guests  []webexsim.Person // added with Options.Bots and Options.People
	bot     webexsim.Person
	log     logrus.FieldLogger
	dir     string // temporary; holds the device file and the bot's data
	run     string // unique to this run, so that a page detects a restart
}

// dataDir is the bot's data directory.
func (l *lab) dataDir() string { return filepath.Join(l.dir, "inbox") }

// emptySource removes all hosts from the Ansible inventory for some time.
func (l *lab) emptySource(d time.Duration) {
	l.report(os.WriteFile(filepath.Join(l.dir, hostsFile), []byte("all: {}\n"), 0o600))
	time.AfterFunc(d, func() {
		_, err := WriteInventory(l.dir, l.devices)
		l.report(err)
	})
}

// moveData moves the bot's data directory away for some time.
func (l *lab) moveData(d time.Duration) {
	away := l.dataDir() + ".away"
	l.report(os.Rename(l.dataDir(), away))
	time.AfterFunc(d, func() { l.report(os.Rename(away, l.dataDir())) })
}

// report logs an error of a fault: the playground may have been stopped meanwhile.
func (l *lab) report(err error) {
	if err != nil {
		l.log.WithError(err).Debug("Can't inject or end a fault.")
	}
}
