package websocket_test

import (
	"testing"

	"go.uber.org/goleak"

	"overwatch/internal/transport"
	"overwatch/internal/transport/transporttest"
	"overwatch/internal/transport/websocket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func socket(w *transporttest.World) transport.Transport {
	return websocket.New(w.Receiver, w.Cloud+"/u2c/api/v1")
}

func TestContract(t *testing.T) {
	transporttest.Run(t, transporttest.Kind{Make: socket})
}
