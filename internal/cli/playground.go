package cli

import (
	"context"
	"fmt"

	"overwatch/internal/config"
	"overwatch/internal/playground"
)

type playgroundCommand struct {
	Listen    string `default:"localhost:3000" placeholder:"HOST:PORT" help:"Where the page and the simulated Webex listen."`
	NoBot     bool   `env:"-" help:"Run Webex and the devices only, to point overwatch serve at them."`
	Templates string `placeholder:"DIR" help:"A directory with query templates of your own, over the built-in ones."`
	Cards     string `placeholder:"DIR" help:"A directory with cards of your own, over the built-in ones."`
	LogLevel  string `default:"warn" enum:"debug,info,warn,error" help:"How much to log: debug, info, warn or error."`
}

func (c *playgroundCommand) Run(ctx context.Context, t *terminal) error {
	p, err := playground.New(ctx, playground.Options{
		Listen: c.Listen, NoBot: c.NoBot, Templates: c.Templates, Cards: c.Cards,
		Log: t.logger(config.Asking{LogLevel: c.LogLevel, LogFormat: "text"}),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "The playground is at %s\n", p.URL())
	if c.NoBot {
		fmt.Fprint(t.out, "\nIt has no bot. Run one in another terminal:\n\n")
		for _, line := range p.Environment() {
			fmt.Fprintf(t.out, "export %s\n", line)
		}
		fmt.Fprint(t.out, "overwatch serve --listen 127.0.0.1:3001\n")
	}
	fmt.Fprint(t.out, "\nStop it with Ctrl-C.\n")
	return p.Run(ctx)
}
