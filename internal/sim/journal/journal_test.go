package journal_test

import (
	"slices"
	"testing"

	"overwatch/internal/sim/journal"
)

func TestWatchersSeeEverythingInOrder(t *testing.T) {
	var j journal.Journal[int64]
	const n = 1200
	got := make(chan int64, n)
	stop := j.Watch(func(e int64) { got <- e })
	hold := make(chan struct{})
	defer j.Watch(func(int64) { <-hold })()
	defer close(hold) // a watcher that stands still holds up nobody
	for range n {
		j.Add(func(seq int64) int64 { return seq })
	}
	for want := range int64(n) {
		if e := <-got; e != want+1 {
			t.Fatalf("got entry %d, want %d", e, want+1)
		}
	}
	stop()
	stop()
	j.Add(func(seq int64) int64 { return seq })
	select {
	case e := <-got:
		t.Errorf("entry %d came after stop", e)
	default:
	}
	recent := j.Recent()
	if len(recent) != 500 || recent[499] != n+1 || !slices.IsSorted(recent) {
		t.Errorf("Recent has %d entries, the last is %d", len(recent), recent[len(recent)-1])
	}
	j.Add(func(seq int64) int64 { return seq })
}
