package logtest_test

import (
	"testing"

	"overwatch/internal/telemetry/logtest"
)

func TestAwait(t *testing.T) {
	logger, log := logtest.New(t)
	logger.WithField("id", 1).Info("begun")
	logger.WithField("id", 2).Info("begun")
	if line := log.Await(t, "msg=begun", "id=2"); line == "" {
		t.Error("there is no line")
	}
	go logger.WithField("id", 2).Info("begun")
	log.Await(t, "msg=begun", "id=2") // the line of before doesn't count
	if text := log.String(); len(text) == 0 {
		t.Error("nothing was logged")
	}
}
