package cli

import (
	"context"

	"overwatch/internal/playground"
)

type playgroundCommand struct {
	Listen string `default:"localhost:3000" placeholder:"HOST:PORT" help:"Where the page and the simulated Webex listen."`
	NoBot  bool   `help:"Run Webex and the devices only, to point overwatch serve at them."`
}
