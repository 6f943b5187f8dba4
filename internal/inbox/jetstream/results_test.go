package jetstream_test

import (
	"testing"
	"time"

	"overwatch/internal/archive"
	"overwatch/internal/archive/archivetest"
)

func TestResults(t *testing.T) {
	archivetest.Run(t, func(t *testing.T) archive.Store {
		o := options(t)
		o.KeepAnswers = time.Hour
		return open(t, o).Results()
	})
}

// With the setting at zero nothing is kept, and that is no error.
func TestResultsMayBeOff(t *testing.T) {
	a := open(t, options(t)).Results()
	if err := a.Put(t.Context(), "0a", []byte("x")); err != nil {
		t.Error(err)
	}
	if list, err := a.List(t.Context(), "0a"); err != nil || len(list) > 0 {
		t.Errorf("got %v %v", list, err)
	}
}

// They outlive the process, and replicas have them in common.
func TestResultsAreShared(t *testing.T) {
	o := options(t)
	o.KeepAnswers = time.Hour
	if err := open(t, o).Results().Put(t.Context(), "0a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if list, err := open(t, o).Results().List(t.Context(), "0a"); err != nil || len(list) != 1 {
		t.Errorf("got %v %v", list, err)
	}
}
