package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

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
	a, err := app.New(ctx, c.Config, nil, t.logger(c.Engine))
	if err != nil {
		return err
	}
	me := a.Me()
	fmt.Fprintf(t.out, "Logged in to Webex as %s (%s).\n", me.DisplayName, me.Email())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	told := make(chan struct{})
	go func() {
		defer close(told)
		if a.WaitReady(ctx) == nil {
			fmt.Fprintf(t.out, "Connected %s.\nSend \"hello\" to the bot in Webex; in a group space, @mention it.\n", a.Describe())
			time.AfterFunc(time.Second, debug.FreeOSMemory) // starting needs more memory than running
		}
	}()
	go reloadOnHangup(ctx, a)
	err = a.Run(ctx)
	stop()
	<-told
	return err
}

// reloadOnHangup reloads when the process receives SIGHUP.
func reloadOnHangup(ctx context.Context, a *app.App) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			a.Reload(ctx)
		}
	}
}
