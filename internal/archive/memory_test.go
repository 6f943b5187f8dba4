package archive_test

import (
	"fmt"
	"testing"

	"overwatch/internal/archive"
	"overwatch/internal/archive/archivetest"
)

func TestMemory(t *testing.T) {
	archivetest.Run(t, func(*testing.T) archive.Store { return archive.NewMemory() })
}

// A Memory has a limit.
func TestMemoryForgets(t *testing.T) {
	m := archive.NewMemory()
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
