package app

import (
	"errors"
	"slices"
)

// cleanups undo what was set up, the last one first. They run when setting up fails, and at the end.
type cleanups []func() error

func (c *cleanups) add(undo func() error) { *c = append(*c, undo) }

func (c *cleanups) run() error {
	var errs []error
	for _, undo := range slices.Backward(*c) {
		errs = append(errs, undo())
	}
	*c = nil
	return errors.Join(errs...)
}
