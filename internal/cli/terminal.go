package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

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

// terminal is where a command prints, and the settings file.
type terminal struct {
	out, err io.Writer
	file     *config.File
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

// logger returns the log of the settings, on stderr.
func (t *terminal) logger(s config.Engine) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(t.err)
	if level, err := logrus.ParseLevel(s.LogLevel); err == nil { // kong checked it
		log.SetLevel(level)
	}
	if s.LogFormat == "json" {
		log.SetFormatter(&logrus.JSONFormatter{})
	} else {
		log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true})
	}
	if mask, err := s.Masking.Redactor(); err == nil && mask != nil { // mistakes are reported when the engine is made
		log.AddHook(mask)
	}
	return log
}

// write makes a file. It doesn't replace one that exists.
func write(dir, name, text string) (string, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return "", &fault.Error{Kind: fault.Invalid, Message: path + " exists already and wasn't changed.", Hint: "Move it away, or choose another directory."}
	} else if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	return path, errors.Join(err, f.Close())
}

// oneAtATime makes writes to a writer safe for concurrent use.
type oneAtATime struct {
	mu  sync.Mutex
	out io.Writer
}

// Write implements io.Writer.
func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out.Write(p)
}
