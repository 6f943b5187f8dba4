package soak_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func actionID(uuid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/ATTACHMENT_ACTION/" + uuid))
}

// events returns the number of questions: a few, or OVERWATCH_SOAK_EVENTS.
func events(t *testing.T) int {
	t.Helper()
	text := os.Getenv("OVERWATCH_SOAK_EVENTS")
	if text == "" {
		return 400
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inFlight bounds the replies that a killed process may have sent without recording them.
const inFlight = 64

// The bot is killed repeatedly under load. Every message and every acknowledged press is answered. Replies
// that were sent but not recorded before a kill may be sent twice.
func TestKilled(t *testing.T) {
	for _, way := range []string{"websocket", "webhook"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 40)
			address := freePort(t)
			start := func() *process {
				more := []string{"OVERWATCH_TRANSPORT=" + way}
				if way == "webhook" {
					more = append(more, "OVERWATCH_PUBLIC_URL=http://"+address)
				}
				p := w.start(address, "data", more...)
				p.ready()
				return p
			}
			p := start()
			n, kills := events(t), 0
			questions := map[string]string{}
			next := 50 // the number of the question after which it is killed
			for i := range n {
				root, action := w.ask(i)
				questions[root] = action
				pace(8 * time.Millisecond)
				if i == next && i < n-20 {
					p.kill()
					kills++
					p = start()
					next += 30 + rand.IntN(150)
				}
			}
			c := w.settle(questions)
			t.Logf("%s: %d questions, %d kills: %d unanswered, %d answered more than once (%.2f a kill), %d presses never acknowledged",
				way, c.asked, kills, c.unanswered, c.doubled, float64(c.surplus)/float64(max(kills, 1)), c.unheard)
			_, metrics := p.get(t.Context(), "/metrics")
			for line := range strings.Lines(metrics) {
				if strings.HasPrefix(line, "overwatch_inbox") || strings.HasPrefix(line, "overwatch_answers") {
					t.Log(strings.TrimSpace(line))
				}
			}
			if c.unanswered > 0 || kills == 0 || c.surplus > kills*inFlight {
				p.kill()
				t.Errorf("too many are unanswered or doubled, or it was never killed:\n%s", p.tail())
			}
			p.stop()
			if kills > 0 && c.surplus == 0 {
				t.Log("nothing was answered twice")
			}
		})
	}
}

// After SIGTERM the bot finishes the events in work, each once.
func TestStoppedAndStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	questions := map[string]string{}
	for round := range 3 {
		p := w.start(freePort(t), "data")
		p.ready()
		for i := range 50 {
			root, action := w.ask(50*round + i)
			questions[root] = action
		}
		p.stop()
	}
	p := w.start(freePort(t), "data")
	p.ready()
	c := w.settle(questions)
	p.stop()
	if c.unanswered > 0 || c.doubled > 0 {
		t.Errorf("%s", fmt.Sprintf("%+v\n%s", c, p.tail()))
	}
}
