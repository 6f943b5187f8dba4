// Package cli is the command line: one file for each command, and the exit codes in one place.
//
// It parses, calls internal/app or internal/playground, and prints. Only cmd/overwatch imports it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/sirupsen/logrus"

	"overwatch/internal/config"
	"overwatch/internal/fault"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // the reason is on stderr
	exitUsage  = 2 // wrong usage or configuration
)

// commands is the whole command line.
type commands struct {
	Config string `short:"c" placeholder:"FILE" help:"The file with the settings (overwatch.yaml, if there is one)."`

	Playground playgroundCommand `cmd:"" help:"Try everything in a browser: a simulated Webex, simulated devices, the real bot."`
	Serve      serveCommand      `cmd:"" help:"Run the bot."`
	Ask        askCommand        `cmd:"" help:"Ask a device from the terminal, as people do in a space."`
	Inbox      inboxCommand      `cmd:"" help:"See what waits to be answered, and what was given up."`
	Try        tryCommand        `cmd:"" help:"Try a query template: what it asks, what the device answers, its rows and its card."`
	Audit      auditCommand      `cmd:"" help:"Show who ran which queries."`
	Access     accessCommand     `cmd:"" help:"Show who may run which queries."`
	Init       initCommand       `cmd:"" help:"Write a first overwatch.yaml and devices.yaml."`
	Check      checkCommand      `cmd:"" help:"Check settings, inventory, query templates and cards without starting."`
	Cards      cardsCommand      `cmd:"" help:"Print a card with sample data, to try in a card designer."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// terminal is what a command reads and writes.
type terminal struct {
	out, err io.Writer
	file     *config.File
}

const description = "Ask your network from a Webex space.\n\n" +
	"Start with overwatch playground: it needs no account, no token and no device."

// Run runs one command line and returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	runtime.MemProfileRate = 0 // samples cost memory; server.Profile has them taken when they are wanted
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

// settingsFile finds --config before anything is parsed, since the file takes part in parsing.
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
	return "Write " + command + " --help to see what is possible."
}

// fail prints an error with what to do next and returns the exit code for it.
func (t *terminal) fail(err error) int {
	if err == nil {
		return exitDone
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		fmt.Fprintf(t.err, "overwatch: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(t.err, "overwatch: %s\n", f.Message)
	if f.Cause != nil {
		fmt.Fprintf(t.err, "%v\n", f.Cause)
	}
	if f.Hint != "" {
		fmt.Fprintln(t.err, f.Hint)
	}
	if f.Kind == fault.Invalid {
		return exitUsage
	}
	return exitFailed
}

// logger returns the log as the settings want it, on stderr.
func (t *terminal) logger(s config.Engine) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(t.err)
	if level, err := logrus.ParseLevel(s.LogLevel); err == nil { // kong has checked it
		log.SetLevel(level)
	}
	if s.LogFormat == "json" {
		log.SetFormatter(&logrus.JSONFormatter{})
	} else {
		log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true})
	}
	if mask, err := s.Masking.Redactor(); err == nil && mask != nil { // what is wrong with it is said elsewhere
		log.AddHook(mask)
	}
	return log
}

// write makes a file and refuses to replace one that is there.
func write(dir, name, text string) (string, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return "", &fault.Error{Kind: fault.Invalid, Message: path + " is there already, so I left it alone.", Hint: "Move it away, or choose another directory."}
	} else if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	return path, errors.Join(err, f.Close())
}
