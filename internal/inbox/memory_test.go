package inbox_test

import (
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/inboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	inboxtest.Run(t, func(t *testing.T, capacity int) inbox.Store {
		m := inbox.NewMemory(capacity)
		t.Cleanup(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
		return m
	})
}

// Many put and many take: everything is taken once, and each space in its order.
func TestMemoryUnderLoad(t *testing.T) {
	const spaces, each = 20, 100
	m := inbox.NewMemory(spaces * each)
	var puts, takes sync.WaitGroup
	for s := range spaces {
		puts.Go(func() {
			for i := range each {
				n := chat.Event{Resource: "messages", Action: "created", ID: fmt.Sprintf("%d/%d", s, i), Room: fmt.Sprint(s)}
				if _, err := m.Put(t.Context(), n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	last := map[string]int{}
	left := spaces * each
	for range 8 {
		takes.Go(func() {
			for {
				l, err := m.Take(t.Context())
				if err != nil {
					return
				}
				var s, i int
				if _, err := fmt.Sscanf(l.Event().ID, "%d/%d", &s, &i); err != nil {
					t.Error(err)
				}
				mu.Lock()
				if want := last[l.Event().Room]; i != want {
					t.Errorf("space %d: got %d, want %d", s, i, want)
				}
				last[l.Event().Room]++
				left--
				ended := left == 0
				mu.Unlock()
				if err := l.Done(); err != nil {
					t.Error(err)
				}
				if ended {
					_ = m.Close()
				}
			}
		})
	}
	puts.Wait()
	takes.Wait()
	if left != 0 {
		t.Errorf("%d notices were never taken", left)
	}
}

func BenchmarkMemoryPut(b *testing.B) {
	m := inbox.NewMemory(1001)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if i%1000 == 0 {
			m = inbox.NewMemory(1001)
		}
		if _, err := m.Put(b.Context(), chat.Event{Resource: "messages", Action: "created", ID: fmt.Sprint(i), Room: "a"}); err != nil {
			b.Fatal(err)
		}
	}
}
