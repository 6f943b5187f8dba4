// Package archivetest is the contract that every archive.Store keeps. Tests of stores run it; nothing
// else imports it.
package archivetest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"overwatch/internal/archive"
)

// Run checks that a store keeps the contract.
func Run(t *testing.T, newStore func(*testing.T) archive.Store) {
	list := func(t *testing.T, a archive.Store, key string) (texts []string) {
		t.Helper()
		packed, err := a.List(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packed {
			texts = append(texts, string(p))
		}
		return texts
	}
	put := func(t *testing.T, a archive.Store, key, text string) {
		t.Helper()
		if err := a.Put(t.Context(), key, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("an unknown key has no entries", func(t *testing.T) {
		if got := list(t, newStore(t), "0a"); len(got) > 0 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("the newest comes first, by key", func(t *testing.T) {
		a := newStore(t)
		put(t, a, "0a", "one")
		put(t, a, "0b", "other")
		put(t, a, "0a", "two")
		if got := fmt.Sprint(list(t, a, "0a"), list(t, a, "0b")); got != "[two one] [other]" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a few earlier entries stay", func(t *testing.T) {
		a := newStore(t)
		for i := range 20 {
			put(t, a, "0a", fmt.Sprint(i))
		}
		got := list(t, a, "0a")
		if len(got) < 2 || len(got) > 10 || got[0] != "19" || got[1] != "18" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a large entry is kept whole", func(t *testing.T) {
		a := newStore(t)
		large := bytes.Repeat([]byte("x"), 900<<10)
		put(t, a, "0a", string(large))
		if got := list(t, a, "0a"); len(got) != 1 || got[0] != string(large) {
			t.Errorf("got %d entries", len(got))
		}
	})
	t.Run("it is safe for concurrent use", func(t *testing.T) {
		a := newStore(t)
		var using sync.WaitGroup
		for i := range 8 {
			using.Go(func() {
				key := fmt.Sprintf("0%d", i)
				put(t, a, key, key)
				if got := list(t, a, key); len(got) != 1 || got[0] != key {
					t.Errorf("got %v of %s", got, key)
				}
			})
		}
		using.Wait()
	})
}
