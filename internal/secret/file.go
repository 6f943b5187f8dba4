package secret

import (
	"os"
	"strings"
	"sync"
	"time"

	"overwatch/internal/fault"
)

// file is a secret that stands in a file.
type file struct {
	path string
	now  func() time.Time

	mu     sync.Mutex
	value  string
	stamp  stamp
	looked time.Time
}

type stamp struct {
	size int64
	time time.Time
}

// lookEvery is how often a file is looked at, at most.
const lookEvery = 5 * time.Second

// text is the secret in the file, whatever that says when it is revealed.
func (f *file) text() Text {
	follow := f.read
	return Text{follow: &follow}
}

// begin reads the secret for the first time.
func (f *file) begin() error {
	f.looked = f.now()
	value, at, err := f.load()
	switch {
	case err != nil:
		return &fault.Error{Kind: fault.Invalid, Message: "can't read the secret file " + f.path, Hint: "Check that it exists and that I may read it.", Cause: err}
	case value == "":
		return &fault.Error{Kind: fault.Invalid, Message: "the secret file " + f.path + " is empty", Hint: "Write the secret into it."}
	}
	f.value, f.stamp = value, at
	return nil
}

func (f *file) load() (value string, at stamp, err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return "", at, err
	}
	b, err := os.ReadFile(f.path)
	return strings.TrimRight(string(b), "\r\n"), stamp{info.Size(), info.ModTime()}, err
}

// read returns the secret. While the file is gone, empty or half replaced, the one before goes on.
func (f *file) read() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.looked) < lookEvery {
		return f.value
	}
	f.looked = now
	if info, err := os.Stat(f.path); err != nil || (stamp{info.Size(), info.ModTime()}) == f.stamp {
		return f.value
	}
	if value, at, err := f.load(); err == nil && value != "" {
		f.value, f.stamp = value, at
	}
	return f.value
}
