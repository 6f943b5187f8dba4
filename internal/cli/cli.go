// Package cli is the command line: one file for each command, exit codes in one place.
//
// It parses flags, calls internal/app or internal/playground, and prints. Only cmd/overwatch imports it.
//
// Reading order: terminal.go, ask.go, try.go, cards.go, init.go, inbox.go, audit.go, access.go,
// checkdevices.go, check.go, serve.go, playground.go, version.go, cli.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"overwatch/internal/config"
)

// commands is the whole command line.
type commands struct {
	Config string `short:"c" placeholder:"FILE" help:"Settings file (overwatch.yaml, if it exists)."`

	Playground playgroundCommand `cmd:"" help:"Try everything in a browser: the real bot with a simulated Webex and simulated devices."`
	Serve      serveCommand      `cmd:"" help:"Run the bot."`
	Ask        askCommand        `cmd:"" help:"Run a query in the terminal, as people do in a space."`
	Inbox      inboxCommand      `cmd:"" help:"Show events that wait, and dead letters."`
	Try        tryCommand        `cmd:"" help:"Try a query template: print its requests, the responses, its rows and its card."`
	Audit      auditCommand      `cmd:"" help:"Show who ran which queries."`
	Access     accessCommand     `cmd:"" help:"Show who may run which queries."`
	Init       initCommand       `cmd:"" help:"Write a first overwatch.yaml and devices.yaml."`
	Check      checkCommand      `cmd:"" help:"Check settings, inventory, query templates and cards, and optionally the devices."`
	Cards      cardsCommand      `cmd:"" help:"Print a card with sample data, for a card designer."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

const description = "Query your network from a Webex space.\n\n" +
	"Start with overwatch playground: it needs no account, no token and no device."

// Run runs one command line and returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	runtime.MemProfileRate = 0 // samples cost memory; server.Profile turns them on
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exited := -1
	var all commands
	t := &terminal{out: stdout, err: stderr}
	file, err := config.ReadFile(settingsFile(args))
	if err != nil {
		return t.fail(err)
	}
	t.file = file
	parser, err := kong.New(&all,
		kong.Name("overwatch"), kong.Description(description),
		kong.DefaultEnvars("OVERWATCH"), kong.Resolvers(file),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, Tree: true, WrapUpperBound: 100}),
		kong.ShortUsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t),
	)
	if err != nil {
		return t.fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	var wrong *kong.ParseError
	if errors.As(err, &wrong) {
		fmt.Fprintf(stderr, "overwatch: %v\n%s\n", err, hint(wrong.Context))
		return exitUsage
	}
	if err == nil {
		err = config.RefuseTypedSecrets(command)
	}
	if err == nil {
		err = command.Run()
	}
	return t.fail(err)
}

// settingsFile finds --config before the flags are parsed, since parsing needs the file.
func settingsFile(args []string) string {
	for i, a := range args {
		switch {
		case a == "--":
			return os.Getenv(config.FileEnv)
		case (a == "--config" || a == "-c") && i+1 < len(args):
			return args[i+1]
		}
		if path, ok := strings.CutPrefix(a, "--config="); ok {
			return path
		}
	}
	return os.Getenv(config.FileEnv)
}

func hint(ctx *kong.Context) string {
	command := "overwatch"
	if ctx != nil && ctx.Command() != "" {
		command += " " + strings.Fields(ctx.Command())[0]
	}
	return "Run " + command + " --help for usage."
}
