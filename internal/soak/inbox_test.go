package soak_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"overwatch/internal/sim/webexsim"
	"overwatch/internal/webex"
)

// overwatch runs a command beside the running bot.
func (w *world) overwatch(args ...string) string {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), w.binary, args...)
	cmd.Dir = w.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// Dead letters are listed, replayed and removed while the bot runs.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	p := w.start(freePort(t), "data")
	p.ready()
	ask := func() string {
		t.Helper()
		// More than once: while the space is greeted, the bot fetches the message before its turn as well.
		w.sim.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodGet, Path: "/v1/messages/", Status: http.StatusForbidden, Times: 1000})
		return w.post(w.people[0], "messages", `{"roomId":"`+w.rooms[0]+`","markdown":"help"}`)
	}
	until := func(what string) string {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; {
			out := w.overwatch("inbox", "--data-dir", "data")
			if strings.Contains(out, what) {
				return out
			}
			if time.Now().After(deadline) {
				t.Fatalf("it never says %q:\n%s", what, out)
			}
		}
	}
	root := ask()
	list := until("0 waiting, 1 given up")
	w.sim.EndFaults()
	if !strings.Contains(list, "Webex refused the request") || !strings.Contains(list, "messages/created/"+webex.UUID(root)) {
		t.Errorf("the list is\n%s", list)
	}
	if out := w.overwatch("inbox", "replay", "--all", "--data-dir", "data"); out != "replayed 1\n" {
		t.Errorf("it says %q", out)
	}
	if c := w.settle(map[string]string{root: ""}); c.unanswered > 0 || c.doubled > 0 {
		t.Errorf("%+v", c)
	}
	second := w.start(freePort(t), "data")
	<-second.done
	if code := second.cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(second.tail(), "Another bot uses the data directory") {
		t.Errorf("a second bot in the same directory ends with %d:\n%s", code, second.tail())
	}
	ask()
	until("0 waiting, 1 given up")
	w.overwatch("inbox", "forget", "--all", "--data-dir", "data")
	until("0 waiting, 0 given up")
	p.stop()
}
