// Package logtest has a log that tests wait for. A line says that something has happened, however long it
// took on a busy machine. Only tests and contract suites import it.
package logtest

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
)

// within only ends a test that hangs: machines are busy.
const within = 10 * time.Minute

// Log is what was logged so far, one line for each entry. Safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	text    strings.Builder
	awaited int           // bytes up to the end of the line that Await returned last
	more    chan struct{} // closed by the next line; nil while nobody waits
}

// New returns a logger that writes to the output of the test and to the log.
func New(t testing.TB) (*logrus.Logger, *Log) {
	t.Helper()
	l := &Log{}
	logger := logrus.New()
	logger.SetOutput(io.MultiWriter(t.Output(), l))
	logger.SetFormatter(&logrus.TextFormatter{DisableColors: true})
	return logger, l
}

// Write implements io.Writer. The logger writes whole lines.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return l.text.Write(p)
}

// String returns what was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Await waits for a line with all of the texts, behind the line that it returned last. It fails the test
// after ten minutes.
func (l *Log) Await(t testing.TB, texts ...string) string {
	t.Helper()
	line, err := l.wait(texts, &l.awaited)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// Has waits for a line with all of the texts anywhere in the log. The error says that there is none
// within a minute.
func (l *Log) Has(texts ...string) error {
	from := 0
	_, err := l.wait(texts, &from)
	return err
}

// wait waits for a line with all of the texts behind *from, and moves that behind the line.
func (l *Log) wait(texts []string, from *int) (string, error) {
	timeout := time.After(within)
	for {
		line, more := l.next(texts, from)
		if more == nil {
			return line, nil
		}
		select {
		case <-more:
		case <-timeout:
			return "", fmt.Errorf("the log has no line with %q", texts)
		}
	}
}

// next returns the next line with all of the texts. If there is none yet, it returns a channel that the
// next line closes.
func (l *Log) next(texts []string, from *int) (line string, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := *from
	for line := range strings.Lines(l.text.String()[at:]) {
		at += len(line)
		if hasAll(line, texts) {
			*from = at
			return line, nil
		}
	}
	if l.more == nil {
		l.more = make(chan struct{})
	}
	return "", l.more
}

func hasAll(line string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}
