package cli

import (
	"context"
	"fmt"

	"overwatch/internal/app"
	"overwatch/internal/config"
)

type checkCommand struct {
	config.Config
}

func (c *checkCommand) Run(ctx context.Context, t *terminal) error {
	if err := config.Check(c.Config, t.file); err != nil {
		return err
	}
	a, err := app.LoadAnswering(ctx, c.Asking, nil, t.logger(c.Asking))
	if err != nil {
		return err
	}
	defer a.Close()
	fmt.Fprintf(t.out, "%4d devices in %s\n%4d queries\n%4d cards\nAll is well.\n",
		a.Inventory().Len(), c.Inventory, len(a.Catalog().All()), len(a.Cards().Names()))
	return nil
}
