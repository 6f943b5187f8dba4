package worker_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/worker"
)

// What takes long says how far it is: a line that is edited, seldom enough for Webex, and taken back.
func TestWorkingLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{think: func(ctx context.Context, working func(chat.Reply)) []chat.Reply {
			working(chat.Reply{Text: "0 done", Card: []byte("{}")})
			for i := range 600 {
				time.Sleep(time.Second)
				working(chat.Reply{Text: fmt.Sprintf("%d done", i+1), Card: []byte("{}")})
			}
			return []chat.Reply{{Text: "answer"}}
		}}
		_, got := play(t, s, "m")
		if edits := strings.Count(got, "edit id of"); edits < 5 || edits > 9 {
			t.Errorf("%d edits", edits)
		}
		lines := strings.Split(got, "\n")
		if !strings.HasPrefix(lines[2], "2s send ") || !strings.HasPrefix(lines[3], "2s send ") {
			t.Errorf("the line and its card:\n%s", got)
		}
		if n := len(lines); !strings.Contains(lines[n-3], "10m0s send answer") && !strings.Contains(lines[n-1], "10m0s send answer") {
			t.Errorf("the end:\n%s", got)
		}
		if strings.Count(got, "10m0s remove") != 2 {
			t.Errorf("it isn't taken back:\n%s", got)
		}
	})
}

// What is quick says nothing.
func TestNoWorkingLineForWhatIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{think: func(_ context.Context, working func(chat.Reply)) []chat.Reply {
			working(chat.Reply{Text: "asking"})
			time.Sleep(100 * time.Millisecond)
			return []chat.Reply{{Text: "answer"}}
		}}
		if _, got := play(t, s, "m"); strings.Contains(got, "asking") {
			t.Errorf("got\n%s", got)
		}
	})
}

// While something that can be stopped stands in a space, what is said there is heard at once; of other
// spaces, and once it is over, in its turn.
func TestOverhearing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{began: time.Now(), think: func(_ context.Context, working func(chat.Reply)) []chat.Reply {
			working(chat.Reply{Text: "asking", Card: []byte("{}")})
			time.Sleep(time.Minute)
			return nil
		}}
		log := logrus.New()
		log.SetOutput(io.Discard)
		m := inboxtest.Open(t, 10)
		w := worker.New(worker.Options{Store: m, Conversation: s, Brain: s, Log: log})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		put := func(id, room string) {
			t.Helper()
			if _, err := m.Put(t.Context(), chat.Event{Resource: "messages", Action: "created", ID: id, Room: room}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		put("first", "a")
		time.Sleep(500 * time.Millisecond)
		put("too soon", "a") // nothing stands there yet
		time.Sleep(10 * time.Second)
		put("other room", "b")
		put("stop", "a")
		synctest.Wait()
		s.mu.Lock()
		early := strings.Join(s.events, "\n")
		s.mu.Unlock()
		if strings.Count(early, "interrupt") != 1 || !strings.Contains(early, "11s interrupt") && !strings.Contains(early, "10s interrupt") {
			t.Errorf("by then\n%s", early)
		}
		time.Sleep(time.Hour)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if got := strings.Join(s.events, "\n"); strings.Count(got, " think") != 4 || strings.Count(got, "interrupt") != 1 {
			t.Errorf("in the end\n%s", got)
		}
	})
}
