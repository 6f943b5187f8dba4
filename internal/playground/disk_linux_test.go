package playground_test

import (
	"testing"

	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/playground"
)

// On a full disk the bot takes no messages; once there is room it answers those it missed.
func TestFullDisk(t *testing.T) {
	chromium(t) // skip here, before a disk is mounted
	home, disk := t.TempDir(), inboxtest.SmallDisk(t, "size=32m")
	t.Setenv("TMPDIR", disk)
	p := start(t, playground.Options{})
	t.Setenv("TMPDIR", home)
	b := open(t, p.URL()+"/?theme=light&space=Overwatch")
	b.sees("Hello, I'm Overwatch")
	release := inboxtest.FillDisk(t, disk)
	for range 20 { // results of some 100 kB are kept: the room that the inbox still had doesn't last
		b.say("interfaces core1")
	}
	p.log.Await(t, "is full")
	b.say("version r2")
	b.shot("26-full-disk")
	release()
	p.log.Await(t, "accepts events again")
	b.sees("17.12.1")
	b.shot("27-room-again")
}
