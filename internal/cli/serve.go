package cli

import (
	"context"
	"fmt"

	"overwatch/internal/app"
	"overwatch/internal/config"
)

type serveCommand struct {
	config.Config
}

func (c *serveCommand) Run(ctx context.Context, t *terminal) error {
	if err := config.Check(c.Config, t.file); err != nil {
		return err
	}
	a, err := app.New(ctx, c.Config, nil, t.logger(c.Asking))
	if err != nil {
		return err
	}
	me := a.Me()
	fmt.Fprintf(t.out, "I am %s (%s).\nI hear by webhooks at %s.\nWrite \"hello\" to me in Webex.\n", me.DisplayName, me.Email(), a.Addr())
	return a.Run(ctx)
}
