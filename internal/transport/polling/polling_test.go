package polling_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"overwatch/internal/transport"
	"overwatch/internal/transport/polling"
	"overwatch/internal/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	transporttest.Run(t, transporttest.Kind{
		Make: func(w *transporttest.World) transport.Transport {
			return polling.New(w.Receiver, polling.Config{PollEvery: 50 * time.Millisecond})
		},
		NoPresses: true,
	})
}
