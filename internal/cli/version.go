package cli

import (
	"fmt"

	"overwatch/internal/app"
)

type versionCommand struct{}

func (versionCommand) Run(t *terminal) error {
	_, err := fmt.Fprintf(t.out, "overwatch %s\n", app.Version())
	return err
}
