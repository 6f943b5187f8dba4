package access_test

import (
	"fmt"
	"testing"
	"time"

	"overwatch/internal/access"
	"overwatch/internal/fault"
)

var start = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)

func TestLimits(t *testing.T) {
	now := start
	l := access.NewLimits(access.LimitsConfig{PersonRate: 6, SpaceRate: 8, DeviceRate: 2}, func() time.Time { return now })
	for range 3 { // half of a minute's at once
		if err := l.CountRun("alice", "a"); err != nil {
			t.Fatal(err)
		}
	}
	err := l.CountRun("ALICE", "b")
	if _, do := fault.Text(err); fault.Of(err) != fault.RateLimited || do != "Try again in 10 seconds." {
		t.Errorf("the fourth: %v %s", err, do)
	}
	if err := l.CountRun("bob", "a"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if err := l.CountRun("carol", "a"); fault.Of(err) != fault.RateLimited {
		t.Errorf("the fifth of the space: %v", err)
	}
	now = now.Add(10 * time.Second)
	if err := l.CountRun("alice", "b"); err != nil {
		t.Errorf("later: %v", err)
	}
	if err := l.CountRun("alice", "b"); err == nil {
		t.Error("she has saved what she didn't have")
	}
	if err := l.CountDevice("r1"); err != nil {
		t.Error(err)
	}
	if err := l.CountDevice("R1"); fault.Of(err) != fault.RateLimited {
		t.Errorf("a device: %v", err)
	}
	none := access.NewLimits(access.LimitsConfig{}, time.Now)
	for range 1000 {
		if err := none.CountRun("alice", "a"); err != nil {
			t.Fatal(err)
		}
	}
	var nowhere *access.Limits
	if nowhere.CountRun("a", "b") != nil || nowhere.CountDevice("r1") != nil {
		t.Error("no limits have limits")
	}
}

// Names without end don't fill the memory, nor give anybody a fresh start.
func TestLimitsForget(t *testing.T) {
	now := start
	l := access.NewLimits(access.LimitsConfig{PersonRate: 2}, func() time.Time { return now })
	if err := l.CountRun("mallory", ""); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	for i := range 9_000 {
		if err := l.CountRun(fmt.Sprint(i), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.CountRun("mallory", ""); err == nil {
		t.Error("she starts afresh")
	}
}

// Replies without a query have limits of their own, four times as high.
func TestReplyLimits(t *testing.T) {
	now := start
	l := access.NewLimits(access.LimitsConfig{PersonRate: 6, SpaceRate: 60}, func() time.Time { return now })
	n := 0
	for l.CountReply("mallory", "a") == nil {
		n++
	}
	if n != 12 { // half of 24 at once
		t.Errorf("%d replies", n)
	}
	if err := l.CountRun("mallory", "a"); err != nil {
		t.Errorf("her queries: %v", err)
	}
	if err := l.CountReply("alice", "a"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	now = now.Add(time.Minute)
	if err := l.CountReply("mallory", "a"); err != nil {
		t.Errorf("later: %v", err)
	}
	for i := range 200 {
		if err := l.CountReply(fmt.Sprint(i), "crowd"); err != nil {
			if i != 120 {
				t.Errorf("%d replies in a space", i)
			}
			return
		}
	}
	t.Error("a space has no limit")
}
