package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"overwatch/internal/config"
	"overwatch/internal/playground"
)

type playgroundCommand struct {
	Listen    string   `default:"localhost:3000" placeholder:"HOST:PORT" help:"Where the page and the simulated Webex listen."`
	NoBot     bool     `env:"-" help:"Run only the simulated Webex and devices, for use with overwatch serve."`
	Bot       []string `env:"-" placeholder:"NAME" sep:"none" help:"Add another bot and print its token, to run other Webex clients. Repeatable."`
	Person    []string `env:"-" placeholder:"EMAIL" sep:"none" help:"Add a person and print the token. The email's domain is the organization. Repeatable."`
	Templates string   `placeholder:"DIR" help:"A directory with query templates of your own, over the built-in ones."`
	Cards     string   `placeholder:"DIR" help:"A directory with cards of your own, over the built-in ones."`
	LogLevel  string   `default:"warn" enum:"debug,info,warn,error" help:"How much to log: debug, info, warn or error."`
}

func (c *playgroundCommand) Run(ctx context.Context, t *terminal) error {
	p, err := playground.New(ctx, playground.Options{
		Listen: c.Listen, NoBot: c.NoBot, Bots: c.Bot, People: c.Person, Templates: c.Templates, Cards: c.Cards,
		Log: t.logger(config.Engine{LogLevel: c.LogLevel, LogFormat: "text"}),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "The playground is at %s\n", p.URL())
	if c.NoBot {
		fmt.Fprint(t.out, "\nNo bot is running. Start one in another terminal:\n\n")
		for _, line := range p.Environment() {
			fmt.Fprintf(t.out, "export %s\n", line)
		}
		fmt.Fprint(t.out, "overwatch serve --listen 127.0.0.1:3001\n")
	}
	c.printGuests(t, p)
	fmt.Fprint(t.out, "\nPress Ctrl-C to stop.\n")
	return p.Run(ctx)
}

// printGuests prints what clients of the added bots and people need.
func (c *playgroundCommand) printGuests(t *terminal, p *playground.Playground) {
	if len(p.Guests()) == 0 {
		return
	}
	fmt.Fprintf(t.out, "\nFor other Webex clients (API %s/v1, U2C %s/u2c/api/v1):\n\n", p.URL(), p.URL())
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, g := range p.Guests() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", g.Name, g.Email, g.Token)
	}
	_ = table.Flush() // errors of the terminal
}
