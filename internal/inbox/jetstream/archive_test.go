package jetstream_test

import (
	"testing"
	"time"

	"overwatch/internal/archive"
	"overwatch/internal/archive/archivetest"
)

func TestAnswers(t *testing.T) {
	archivetest.Run(t, func(t *testing.T) archive.Store {
		o := options(t)
		o.KeepAnswers = time.Hour
		return open(t, o).Answers()
	})
}

// With the setting at zero nothing is kept, and that is no error.
func TestAnswersMayBeOff(t *testing.T) {
	a := open(t, options(t)).Answers()
	if err := a.Put(t.Context(), "0a", []byte("x")); err != nil {
		t.Error(err)
	}
	if list, err := a.List(t.Context(), "0a"); err != nil || len(list) > 0 {
		t.Errorf("got %v %v", list, err)
	}
}

// They outlive the process, and replicas have them in common.
func TestAnswersAreShared(t *testing.T) {
	o := options(t)
	o.KeepAnswers, o.NATSURL = time.Hour, server(t)
	if err := open(t, o).Answers().Put(t.Context(), "0a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if list, err := open(t, o).Answers().List(t.Context(), "0a"); err != nil || len(list) != 1 {
		t.Errorf("got %v %v", list, err)
	}
}
