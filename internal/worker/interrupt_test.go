package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/chat"
)

// The progress line is edited seldom enough for Webex, and deleted in the end.
func TestProgressLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{think: func(_ context.Context, _ chat.Content, working func(chat.Reply)) []chat.Reply {
			working(chat.Reply{Text: "0 done", Card: []byte("{}")})
			for i := range 600 {
				time.Sleep(time.Second)
				working(chat.Reply{Text: fmt.Sprintf("%d done", i+1), Card: []byte("{}")})
			}
			return []chat.Reply{{Text: "answer"}}
		}}
		got, _ := handle(t, f, "m")
		if edits := strings.Count(got, "edit id of"); edits < 5 || edits > 9 {
			t.Errorf("%d edits", edits)
		}
		lines := strings.Split(got, "\n")
		if !strings.HasPrefix(lines[2], "2s send ") || !strings.HasPrefix(lines[3], "2s send ") || !strings.HasSuffix(lines[3], "with card") {
			t.Errorf("the line and its card:\n%s", got)
		}
		if !strings.Contains(got, "10m0s send answer") || strings.Count(got, "10m0s remove") != 2 {
			t.Errorf("the end:\n%s", got)
		}
	})
}

// What arrives in a space while an event of it is in work interrupts that work: from the moment that
// the event was taken, also before it is fetched. Other spaces aren't interrupted, and every event is
// fetched once and handled in its turn.
func TestInterrupt(t *testing.T) {
	work := func(_ context.Context, c chat.Content, working func(chat.Reply)) []chat.Reply {
		if c.(chat.Message).ID != "slow" {
			return nil
		}
		time.Sleep(time.Second) // such as looking up the person
		working(chat.Reply{Text: "working", Card: []byte("{}")})
		time.Sleep(time.Minute)
		return nil
	}
	same := [2]string{"a", "a"}
	for name, c := range map[string]struct {
		after time.Duration // the slow event was put
		fetch []error       // of the slow event
		rooms [2]string     // of the slow event and of the one that interrupts
		want  string
	}{
		"while its event is fetched":   {0, []error{limited}, same, "1m31s interrupt by cancel"},
		"before the work begins":       {500 * time.Millisecond, nil, same, "1s interrupt by cancel"},
		"before progress is shown":     {1500 * time.Millisecond, nil, same, "2s interrupt by cancel"},
		"while progress is shown":      {30 * time.Second, nil, same, "30s interrupt by cancel"},
		"with another id of the space": {30 * time.Second, nil, [2]string{"us/a", "eu/a"}, "30s interrupt by cancel"},
		"just before the work is over": {61500 * time.Millisecond, nil, same, ""},
		"when the work is over":        {2 * time.Minute, nil, same, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{think: work, fetch: c.fetch}
				if name == "just before the work is over" { // which is over while it is fetched
					f.fetching = time.Second
				}
				run(t, f, func(put func(string, string)) {
					put("slow", c.rooms[0])
					synctest.Wait()
					time.Sleep(c.after)
					put("cancel", c.rooms[1])
					synctest.Wait()
					put("other", "b")
					time.Sleep(time.Hour)
				})
				got := f.log()
				if strings.Count(got, " interrupt by") != strings.Count(c.want, "interrupt") || !strings.Contains(got, c.want) {
					t.Errorf("what happened:\n%s\nwant %s", got, c.want)
				}
				if strings.Count(got, " think") != 3 || strings.Count(got, " fetch cancel") != 1 {
					t.Errorf("each event is handled once in its turn, and fetched once:\n%s", got)
				}
			})
		})
	}
}
