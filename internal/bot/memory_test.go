package bot_test

import (
	"fmt"
	"testing"

	"overwatch/internal/bot"
	"overwatch/internal/bot/archivetest"
)

func TestMemory(t *testing.T) {
	archivetest.Run(t, func(*testing.T) bot.Archive { return bot.NewMemory() })
}

// It doesn't grow for ever.
func TestMemoryForgets(t *testing.T) {
	m := bot.NewMemory()
	for i := range 1000 {
		if err := m.Put(t.Context(), fmt.Sprint(i), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for i := range 1000 {
		if list, err := m.List(t.Context(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		} else {
			kept += len(list)
		}
	}
	if kept == 0 || kept > 100 {
		t.Errorf("%d are kept", kept)
	}
}
