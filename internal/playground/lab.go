package playground

import (
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
	run     string // unique to this run, so that a page detects a restart
}
