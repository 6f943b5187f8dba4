package secret

import (
	"os"
	"strings"
	"sync"
	"time"

	"overwatch/internal/fault"
)

// file is a secret in a file, which is read again when it changes.
type file struct {
	path string
	now  func() time.Time

	mu      sync.Mutex
	value   string
	version version
	checked time.Time
}

// version tells one content of a file from another.
type version struct {
	size     int64
	modified time.Time
}

// checkEvery is how often a file is checked, at most.
const checkEvery = 5 * time.Second

// text returns the secret, which is that of the file at the time it is revealed.
func (f *file) text() Text {
	follow := f.read
	return Text{follow: &follow}
}

// begin reads the secret for the first time.
func (f *file) begin() error {
	f.checked = f.now()
	value, v, err := f.load()
	switch {
	case err != nil:
		return &fault.Error{Kind: fault.Invalid, Message: "can't read the secret file " + f.path, Hint: "Check that the file exists and that the bot's user may read it.", Cause: err}
	case value == "":
		return &fault.Error{Kind: fault.Invalid, Message: "the secret file " + f.path + " is empty", Hint: "Write the secret into it."}
	}
	f.value, f.version = value, v
	return nil
}

// load returns the secret without what editors add: a byte order mark in front and line breaks behind.
func (f *file) load() (value string, v version, err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return "", v, err
	}
	b, err := os.ReadFile(f.path)
	return strings.TrimRight(strings.TrimPrefix(string(b), "\ufeff"), "\r\n"), version{info.Size(), info.ModTime()}, err
}

// read returns the secret. While the file is missing, empty or half written, it is the one before.
func (f *file) read() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.checked) < checkEvery {
		return f.value
	}
	f.checked = now
	if info, err := os.Stat(f.path); err != nil || (version{info.Size(), info.ModTime()}) == f.version {
		return f.value
	}
	if value, v, err := f.load(); err == nil && value != "" {
		f.value, f.version = value, v
	}
	return f.value
}
