package worker_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inbox/inboxtest"
	"overwatch/internal/worker"
)

// fake is a messenger and a handler that writes down what is called when.
type fake struct {
	fetching time.Duration // how long a fetch takes
	mu       sync.Mutex
	began    time.Time
	lines    []string
	fetch    []error                        // of the coming calls, which then succeed
	send     []error                        // likewise
	refuse   func(string, chat.Reply) error // what Webex refuses to send, by space; may be nil
	direct   error                          // of SendDirect
	outage   error                          // of Check
	secret   bool                           // nobody may know that an event was given up
	think    func(ctx context.Context, c chat.Content, working func(chat.Reply)) []chat.Reply
}

func (f *fake) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, fmt.Sprintf("%v ", time.Since(f.began).Round(time.Second))+fmt.Sprintf(format, args...))
}

func (f *fake) log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.lines, "\n")
}

func (f *fake) next(list *[]error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	err := (*list)[0]
	*list = (*list)[1:]
	return err
}

func (f *fake) Fetch(_ context.Context, e chat.Event) (chat.Content, error) {
	if err := f.next(&f.fetch); err != nil {
		f.note("fetch %s: %v", e.ID, err)
		return nil, err
	}
	f.note("fetch %s", e.ID)
	time.Sleep(f.fetching)
	if e.ID == "ignored" {
		return nil, nil
	}
	return chat.Message{ID: e.ID, Room: chat.Room{ID: e.Room}, Person: chat.Person{ID: "alice"}}, nil
}

func (f *fake) Send(ctx context.Context, room string, r chat.Reply) (string, error) {
	what := r.Text
	if r.Card != nil {
		what += " with card"
	}
	err := f.next(&f.send)
	if err == nil && f.refuse != nil {
		err = f.refuse(room, r)
	}
	if err != nil {
		f.note("send %s: %v", what, err)
		return "", err
	}
	if r.File != nil {
		if err := r.File.Write(ctx, io.Discard); err != nil {
			f.note("file: %v", err)
			return "", fmt.Errorf("upload: %w", err)
		}
	}
	f.note("send %s", what)
	return "id of " + r.Text, nil
}

func (f *fake) SendDirect(_ context.Context, person string, r chat.Reply) (string, error) {
	f.note("direct %s: %s", person, r.Text)
	return "", f.direct
}

func (f *fake) Edit(_ context.Context, _, id, text string) error {
	f.note("edit %s to %s", id, text)
	return nil
}

func (f *fake) Remove(_ context.Context, id string) error {
	f.note("remove %s", id)
	return nil
}

func (f *fake) Check(context.Context) error { return f.outage }

func (f *fake) Interrupt(c chat.Content) { f.note("interrupt by %s", c.(chat.Message).ID) }

func (f *fake) GivenUp(_ context.Context, p chat.Person, _ chat.Room, why error) (chat.Reply, bool) {
	if f.think != nil && why.Error() == "panic: a defect everywhere" {
		panic("once more")
	}
	return chat.Reply{Text: "given up for " + p.ID + ": " + fault.Sentence(why)}, !f.secret
}

func (f *fake) Handle(ctx context.Context, c chat.Content, working func(chat.Reply)) []chat.Reply {
	f.note("think")
	if f.think == nil {
		return []chat.Reply{{Text: "answer"}}
	}
	return f.think(ctx, c, working)
}

// run runs a worker with a fake until act returns, and returns the reasons of dead letters.
func run(t *testing.T, f *fake, act func(put func(id, room string))) (dead []string) {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	m := inboxtest.Open(t, 10)
	w := worker.New(worker.Options{Store: m, Messenger: f, Handler: f, Log: log})
	f.began = time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	synctest.Wait()
	act(func(id, room string) {
		e := chat.Event{Resource: "messages", Action: "created", ID: id, Room: room, Actor: "alice", At: time.Now()}
		if strings.HasPrefix(id, "press") {
			e.Resource = "attachmentActions"
		}
		if _, space, ok := strings.Cut(room, "/"); ok { // cluster/space
			e.RoomUUID = space
		}
		if _, err := m.Put(t.Context(), e); err != nil {
			t.Error(err)
		}
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for d, err := range m.Dead(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		dead = append(dead, d.Reason)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	return dead
}

// handle has a worker handle one event, and returns what happened and why it was given up.
func handle(t *testing.T, f *fake, id string) (log, dead string) {
	t.Helper()
	reasons := run(t, f, func(put func(string, string)) {
		put(id, "a")
		time.Sleep(3 * time.Hour)
		synctest.Wait()
	})
	return f.log(), strings.Join(reasons, "\n")
}

var (
	busy    = &fault.Error{Kind: fault.Unavailable, Message: "Busy."}
	limited = &fault.Error{Kind: fault.RateLimited, Message: "Slower.", After: 90 * time.Second}
	missing = &fault.Error{Kind: fault.NotFound, Message: "Missing."}
	refused = &fault.Error{Kind: fault.Denied, Message: "Refused.", Hint: "Ask a moderator."}
)

func repeat(err error, n int) []error { return slices.Repeat([]error{err}, n) }

func TestWorker(t *testing.T) {
	file := func(write error) chat.Reply {
		return chat.Reply{Text: "file", File: &chat.File{
			Name: "x.csv", Write: func(context.Context, io.Writer) error { return write },
			Failed: func(err error) chat.Reply { return chat.Reply{Text: "no file: " + err.Error(), Err: err} },
		}}
	}
	replies := func(list ...chat.Reply) func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply {
		return func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply { return list }
	}
	takes := func(d time.Duration) func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply {
		return func(_ context.Context, _ chat.Content, working func(chat.Reply)) []chat.Reply {
			working(chat.Reply{Text: "working"})
			time.Sleep(d)
			return []chat.Reply{{Text: "answer"}}
		}
	}
	card := chat.Reply{Text: "answer", Card: []byte("{}")}
	for name, c := range map[string]struct {
		fake *fake
		id   string
		want string
		dead string
	}{
		"an answer":               {&fake{}, "m", "0s fetch m\n0s think\n0s send answer", ""},
		"an event not for us":     {&fake{}, "ignored", "0s fetch ignored", ""},
		"a rate limit":            {&fake{send: []error{limited}}, "m", "0s fetch m\n0s think\n0s send answer: Slower.\n1m30s send answer", ""},
		"a fetch that is refused": {&fake{fetch: []error{refused}}, "m", "0s fetch m: Refused.\n0s send given up for alice: Refused. Ask a moderator.", "Refused."},
		"a fetch that is refused, for somebody who may not know": {&fake{fetch: []error{refused}, secret: true}, "m", "0s fetch m: Refused.", "Refused."},
		"a fetch that is refused, in a space that is as well":    {&fake{fetch: []error{refused}, send: repeat(refused, 2)}, "m", "0s fetch m: Refused.\n0s send given up for alice: Refused. Ask a moderator.: Refused.\n0s send given up\n0s direct alice: given up", "Refused."},
		"a panic wherever it is handled":                         {&fake{think: func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply { panic("a defect everywhere") }}, "m", "0s fetch m\n0s think", "panic: a defect everywhere"},

		"a panic": {&fake{think: func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply { panic("a defect") }}, "m", "0s fetch m\n0s think\n0s send given up for alice: Something went wrong", "panic: a defect"},

		"a quick answer shows no progress":          {&fake{think: takes(time.Second)}, "m", "0s fetch m\n0s think\n1s send answer", ""},
		"a slow answer shows its progress":          {&fake{think: takes(5 * time.Second)}, "m", "0s fetch m\n0s think\n2s send working\n5s send answer\n5s remove id of working", ""},
		"a slow Webex is no progress":               {&fake{think: takes(0), send: []error{limited}}, "m", "0s fetch m\n0s think\n0s send answer: Slower.\n1m30s send answer", ""},
		"a file that can't be written":              {&fake{think: replies(file(busy))}, "m", "0s fetch m\n0s think\n0s file: Busy.\n0s send no file: Busy.", ""},
		"a file that is refused":                    {&fake{think: replies(file(nil)), send: []error{refused}}, "m", "0s fetch m\n0s think\n0s send file: Refused.\n0s send no file: Refused.", ""},
		"a card that is refused":                    {&fake{think: replies(card), send: []error{refused}}, "m", "0s fetch m\n0s think\n0s send answer with card: Refused.\n0s send answer", ""},
		"a space that refuses everything":           {&fake{think: replies(card), send: repeat(refused, 2)}, "m", "0s fetch m\n0s think\n0s send answer with card: Refused.\n0s send answer: Refused.\n0s direct alice: I couldn't reply in the space where you asked. Refused. Ask a moderator.", ""},
		"a space that refuses a file":               {&fake{think: replies(file(nil)), send: repeat(refused, 2)}, "m", "0s fetch m\n0s think\n0s send file: Refused.\n0s send no file: Refused.: Refused.\n0s direct alice: I couldn't reply", ""},
		"a person who can't be reached at all":      {&fake{send: []error{refused}, direct: refused}, "m", "0s fetch m\n0s think\n0s send answer: Refused.\n0s direct alice", "Refused."},
		"a space that is gone":                      {&fake{think: replies(card), send: []error{missing}}, "m", "0s fetch m\n0s think\n0s send answer with card: Missing.\n0s direct alice: I couldn't reply in the space where you asked. Missing.", ""},
		"a space that is gone, and the person, too": {&fake{send: []error{missing}, direct: missing}, "m", "0s fetch m\n0s think\n0s send answer: Missing.\n0s direct alice", ""},
		"several replies, the first is refused":     {&fake{think: replies(card, chat.Reply{Text: "more"}), send: []error{refused}}, "m", "0s fetch m\n0s think\n0s send answer with card: Refused.\n0s send answer\n0s send more", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, dead := handle(t, c.fake, c.id)
				if !matches(got, c.want) {
					t.Errorf("what happened:\n%s\nwant:\n%s", got, c.want)
				}
				if dead != c.dead {
					t.Errorf("the dead letter says %q, want %q", dead, c.dead)
				}
			})
		})
	}
}

// matches reports whether got has the lines of want, each of which may be longer in got.
func matches(got, want string) bool {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	return slices.EqualFunc(g, w, strings.HasPrefix)
}

// A device is queried once, however often sending fails.
func TestSendingIsRetriedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{send: repeat(busy, 4)}
		log, _ := handle(t, f, "m")
		if n := strings.Count(log, "think"); n != 1 || !strings.HasSuffix(log, "send answer") {
			t.Errorf("it thought %d times:\n%s", n, log)
		}
	})
}

// Handling is retried while the handler can't begin; what it says then is sent only if it never can.
func TestHandlingIsRetried(t *testing.T) {
	unknown := func(times int) func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply {
		return func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply {
			if times--; times >= 0 {
				return []chat.Reply{{Text: "who are you?", Err: busy, Retry: true}}
			}
			return []chat.Reply{{Text: "answer"}}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		log, dead := handle(t, &fake{think: unknown(2)}, "m")
		if strings.Count(log, "think") != 3 || !strings.HasSuffix(log, "send answer") || strings.Contains(log, "who") || dead != "" {
			t.Errorf("a moment:\n%s", log)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		log, dead := handle(t, &fake{think: unknown(10_000)}, "m")
		last := log[strings.LastIndex(log, "\n")+1:]
		if !strings.HasSuffix(last, "send who are you?") || !strings.HasPrefix(last, "1m") || dead != "" {
			t.Errorf("for good:\n%s\n%s", log, dead)
		}
	})
}

// A message that is announced before it can be read is fetched; one that was deleted is no dead letter.
func TestMissingMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, dead := handle(t, &fake{fetch: repeat(missing, 2)}, "m")
		if n := strings.Count(log, "fetch"); n != 3 || !strings.HasSuffix(log, "send answer") || dead != "" {
			t.Errorf("it was fetched %d times:\n%s\n%s", n, log, dead)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		log, dead := handle(t, &fake{fetch: repeat(missing, 100)}, "m")
		if n := strings.Count(log, "fetch"); n != 5 || dead != "" {
			t.Errorf("it was fetched %d times:\n%s\n%s", n, log, dead)
		}
	})
	synctest.Test(t, func(t *testing.T) { // nobody can delete a press
		log, dead := handle(t, &fake{fetch: repeat(missing, 5)}, "press")
		if n := strings.Count(log, "fetch"); n != 5 || dead != "Missing." || !strings.HasSuffix(log, "send given up for alice: Missing.") {
			t.Errorf("it was fetched %d times:\n%s\n%s", n, log, dead)
		}
	})
}

// While Webex works otherwise, an event that can't be fetched or answered doesn't hold up its space for
// longer than two minutes. During an outage it waits for an hour.
func TestOneEventDoesNotHoldUpItsSpace(t *testing.T) {
	for name, c := range map[string]struct {
		fake *fake
		want string // of the lines about the event
		from time.Duration
		to   time.Duration
		dead bool
	}{
		"fetching":                 {&fake{fetch: repeat(busy, 10_000)}, "fetch m", time.Minute, 2 * time.Minute, true},
		"sending a card":           {&fake{refuse: func(_ string, r chat.Reply) error { return when(r.Card != nil, busy) }}, "send answer", time.Minute, 2 * time.Minute, false},
		"sending to one space":     {&fake{refuse: func(room string, _ chat.Reply) error { return when(room == "a", busy) }}, "direct alice", time.Minute, 2 * time.Minute, false},
		"fetching in an outage":    {&fake{outage: busy, fetch: repeat(busy, 10_000)}, "fetch m", 59 * time.Minute, time.Hour, true},
		"sending in an outage":     {&fake{outage: busy, send: repeat(busy, 10_000)}, "send answer", 59 * time.Minute, time.Hour, true},
		"an outage that ends":      {&fake{outage: busy, send: repeat(busy, 60)}, "send answer", 20 * time.Minute, 40 * time.Minute, false},
		"a token that is replaced": {&fake{outage: refused, fetch: repeat(refused, 60)}, "fetch m", 20 * time.Minute, 40 * time.Minute, false},
		"a token that stays bad":   {&fake{outage: refused, fetch: repeat(refused, 10_000)}, "fetch m", 59 * time.Minute, time.Hour, true},
		"a rate limit that lasts":  {&fake{send: repeat(limited, 10)}, "send answer", 15 * time.Minute, 15 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.fake.think = func(context.Context, chat.Content, func(chat.Reply)) []chat.Reply {
					return []chat.Reply{{Text: "answer", Card: []byte("{}")}}
				}
				log, dead := handle(t, c.fake, "m")
				var last time.Duration
				for line := range strings.SplitSeq(log, "\n") {
					at, what, _ := strings.Cut(line, " ")
					if strings.HasPrefix(what, c.want) {
						last, _ = time.ParseDuration(at)
					}
				}
				if last < c.from || last > c.to || (dead != "") != c.dead {
					t.Errorf("at %v, dead letter %q:\n%s", last, dead, log)
				}
			})
		})
	}
}

func when(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// The event in work when the worker has to stop is finished within the grace time.
func TestWorkerFinishesItsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{think: func(ctx context.Context, _ chat.Content, _ func(chat.Reply)) []chat.Reply {
			select {
			case <-time.After(10 * time.Second):
				return []chat.Reply{{Text: "answer"}}
			case <-ctx.Done():
				return []chat.Reply{{Text: "cut off"}}
			}
		}}
		run(t, f, func(put func(string, string)) {
			put("m", "a")
			synctest.Wait()
		})
		if got := f.log(); !strings.HasSuffix(got, "10s send answer") {
			t.Errorf("what happened:\n%s", got)
		}
	})
}

func TestClosedInboxIsNoError(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	m := inboxtest.Open(t, 1)
	f := &fake{}
	w := worker.New(worker.Options{Store: m, Messenger: f, Handler: f, Log: log})
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); err != nil {
		t.Error(err)
	}
}
