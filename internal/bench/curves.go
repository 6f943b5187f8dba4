package main

import (
	"context"
	"io"
)

func (w *world) curves(ctx context.Context, o plan, out io.Writer) error { return nil }
