package worker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/worker"
)

// stage plays the conversation and the brain, and remembers what happened when.
type stage struct {
	mu      sync.Mutex
	began   time.Time
	events  []string
	hydrate []error // for the coming calls; then they work
	send    []error
	think   func(ctx context.Context, working func(chat.Reply)) []chat.Reply
}

func (s *stage) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, fmt.Sprintf("%v ", time.Since(s.began).Round(time.Second))+fmt.Sprintf(format, args...))
}

func (s *stage) next(list *[]error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	err := (*list)[0]
	*list = (*list)[1:]
	return err
}

func (s *stage) Fetch(_ context.Context, n chat.Event) (chat.Content, error) {
	if err := s.next(&s.hydrate); err != nil {
		s.note("hydrate %s: %v", n.ID, err)
		return nil, err
	}
	s.note("hydrate %s", n.ID)
	if n.ID == "ignored" {
		return nil, nil
	}
	return chat.Message{ID: n.ID, Room: chat.Room{ID: n.Room}}, nil
}

func (s *stage) Send(ctx context.Context, _ string, r chat.Reply) (string, error) {
	if err := s.next(&s.send); err != nil {
		s.note("send %s: %v", r.Text, err)
		return "", err
	}
	if r.File != nil {
		if err := r.File.Write(ctx, io.Discard); err != nil {
			s.note("file: %v", err)
			return "", fmt.Errorf("upload: %w", err)
		}
	}
	s.note("send %s", r.Text)
	return "id of " + r.Text, nil
}

func (s *stage) Edit(_ context.Context, _, id, text string) error {
	s.note("edit %s to %s", id, text)
	return nil
}

func (s *stage) Interrupt(ev chat.Content) { s.note("interrupt") }

func (s *stage) Remove(_ context.Context, id string) error {
	s.note("remove %s", id)
	return nil
}

func (s *stage) Handle(ctx context.Context, _ chat.Content, working func(chat.Reply)) []chat.Reply {
	s.note("think")
	if s.think == nil {
		return []chat.Reply{{Text: "answer"}}
	}
	return s.think(ctx, working)
}

// play lets a worker answer one notice in a world without real time.
func play(t *testing.T, s *stage, id string) (given []inbox.Dead, events string) {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	m := inboxtest.Open(t, 10)
	w := worker.New(worker.Options{Store: m, Conversation: s, Brain: s, Log: log})
	s.began = time.Now()
	if _, err := m.Put(t.Context(), chat.Event{Resource: "messages", Action: "created", ID: id, Room: "a"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	time.Sleep(2 * time.Hour) // of the bubble's own time
	synctest.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	given = dead(t, m)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	return given, strings.Join(s.events, "\n")
}

func dead(t *testing.T, m inbox.Admin) (all []inbox.Dead) {
	t.Helper()
	for d, err := range m.Dead(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

var (
	busy     = &fault.Error{Kind: fault.Unavailable, Message: "busy"}
	patience = &fault.Error{Kind: fault.RateLimited, Message: "patience", After: 90 * time.Second}
	missing  = &fault.Error{Kind: fault.NotFound, Message: "missing"}
	refused  = &fault.Error{Kind: fault.Denied, Message: "refused"}
)

func TestWorker(t *testing.T) {
	for name, c := range map[string]struct {
		stage *stage
		id    string
		want  string
		dead  string
	}{
		"answers": {&stage{}, "m", "0s hydrate m\n0s think\n0s send answer", ""},
		"ignores": {&stage{}, "ignored", "0s hydrate ignored", ""},
		"waits as long as Webex asks": {
			&stage{send: []error{patience}}, "m",
			"0s hydrate m\n0s think\n0s send answer: patience\n1m30s send answer", "",
		},
		"gives up what is refused": {
			&stage{hydrate: []error{refused}}, "m", "0s hydrate m: refused", "refused",
		},
		"takes a panic": {
			&stage{think: func(context.Context, func(chat.Reply)) []chat.Reply { panic("a defect") }}, "m",
			"0s hydrate m\n0s think", "panic: a defect",
		},
		"says that it takes a while, and takes it back": {
			&stage{think: func(_ context.Context, working func(chat.Reply)) []chat.Reply {
				working(chat.Reply{Text: "asking"})
				time.Sleep(5 * time.Second)
				return []chat.Reply{{Text: "answer"}}
			}}, "m",
			"0s hydrate m\n0s think\n2s send asking\n5s send answer\n5s remove id of asking", "",
		},
		"says nothing of a short while": {
			&stage{think: func(_ context.Context, working func(chat.Reply)) []chat.Reply {
				working(chat.Reply{Text: "asking"})
				time.Sleep(time.Second)
				return []chat.Reply{{Text: "answer"}}
			}}, "m",
			"0s hydrate m\n0s think\n1s send answer", "",
		},
		"nor when it is Webex that takes long": {
			&stage{send: []error{patience}, think: func(_ context.Context, working func(chat.Reply)) []chat.Reply {
				working(chat.Reply{Text: "asking"})
				return []chat.Reply{{Text: "answer"}}
			}}, "m",
			"0s hydrate m\n0s think\n0s send answer: patience\n1m30s send answer", "",
		},
		"says why there is no file": {
			&stage{think: func(context.Context, func(chat.Reply)) []chat.Reply {
				return []chat.Reply{{Text: "file", File: &chat.File{
					Write:  func(context.Context, io.Writer) error { return busy },
					Failed: func(err error) chat.Reply { return chat.Reply{Text: "no file: " + err.Error()} },
				}}}
			}}, "m",
			"0s hydrate m\n0s think\n0s file: busy\n0s send no file: busy", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, got := play(t, c.stage, c.id)
				if got != c.want {
					t.Errorf("what happened:\n%s\nwant:\n%s", got, c.want)
				}
				reason := ""
				for _, d := range m {
					reason = d.Reason
				}
				if reason != c.dead {
					t.Errorf("buried for %q, want %q", reason, c.dead)
				}
			})
		})
	}
}

// A device is asked once however often sending fails.
func TestWorkerThinksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{send: []error{busy, busy, busy, busy}}
		_, got := play(t, s, "m")
		if n := strings.Count(got, "think"); n != 1 || !strings.HasSuffix(got, "send answer") {
			t.Errorf("it thought %d times:\n%s", n, got)
		}
	})
}

func TestWorkerTriesFreshMessagesAFewTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{hydrate: []error{missing, missing}}
		if _, got := play(t, s, "m"); !strings.HasSuffix(got, "send answer") {
			t.Errorf("a message that came late isn't answered:\n%s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &stage{hydrate: []error{missing, missing, missing, missing, missing, missing, missing}}
		m, got := play(t, s, "m")
		if n := strings.Count(got, "hydrate"); n != 5 || len(m) != 0 {
			t.Errorf("a deleted message was fetched %d times, %d buried; want 5 and none:\n%s", n, len(m), got)
		}
	})
}

func TestWorkerGivesUpAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		for range 1000 {
			s.send = append(s.send, busy)
		}
		m, _ := play(t, s, "m")
		if len(m) != 1 {
			t.Errorf("%d are buried, want 1", len(m))
		}
	})
}

// What is being answered when the worker has to stop is finished within the grace time.
func TestWorkerFinishesWhatItIsAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := logrus.New()
		log.SetOutput(io.Discard)
		s := &stage{began: time.Now(), think: func(ctx context.Context, _ func(chat.Reply)) []chat.Reply {
			select {
			case <-time.After(10 * time.Second):
				return []chat.Reply{{Text: "answer"}}
			case <-ctx.Done():
				return []chat.Reply{{Text: "cut off"}}
			}
		}}
		m := inboxtest.Open(t, 10)
		w := worker.New(worker.Options{Store: m, Conversation: s, Brain: s, Log: log})
		if _, err := m.Put(t.Context(), chat.Event{Resource: "messages", Action: "created", ID: "m", Room: "a"}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := strings.Join(s.events, "\n"); !strings.HasSuffix(got, "10s send answer") {
			t.Errorf("what happened:\n%s", got)
		}
	})
}

func TestStoppedWorkerIsNoError(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	m := inboxtest.Open(t, 1)
	s := &stage{}
	w := worker.New(worker.Options{Store: m, Conversation: s, Brain: s, Log: log})
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); err != nil && !errors.Is(err, inbox.ErrClosed) {
		t.Error(err)
	}
}
