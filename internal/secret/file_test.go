package secret

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A secret in a file follows it; while the file is gone or empty the one before goes on.
func TestFileIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	now := time.Now()
	f := &file{path: path, now: func() time.Time { return now }}
	text := f.text()
	write := func(value string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.begin(); err == nil {
		t.Error("a missing file is taken")
	}
	write("")
	if err := f.begin(); err == nil {
		t.Error("an empty file is taken")
	}
	write("first\n")
	if err := f.begin(); err != nil {
		t.Fatal(err)
	}
	expect := func(what, want string) {
		t.Helper()
		if got := text.Reveal(); got != want {
			t.Errorf("%s: %s", what, got)
		}
	}
	write("the second")
	expect("at once", "first") // it isn't looked at all the time
	now = now.Add(lookEvery)
	expect("a moment later", "the second")
	write("")
	now = now.Add(lookEvery)
	expect("emptied", "the second")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery)
	expect("gone", "the second")
	write("the third one")
	now = now.Add(lookEvery)
	expect("back", "the third one")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%p"} {
		if s := fmt.Sprintf(verb, struct{ t Text }{text}) + fmt.Sprintf(verb, text) + fmt.Sprintf(verb, &text) + fmt.Sprintf(verb, []Text{text}); strings.Contains(s, "third") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}
