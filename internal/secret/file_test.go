package secret

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A secret in a file follows it; while the file is missing or empty the last one stays.
func TestFileIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "token")
		write := func(value string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		read := Ref{File: path}.Read
		if _, err := read(); err == nil {
			t.Error("a missing file is accepted")
		}
		write("")
		if _, err := read(); err == nil {
			t.Error("an empty file is accepted")
		}
		write("first\n")
		text, err := read()
		if err != nil {
			t.Fatal(err)
		}
		expect := func(what, want string) {
			t.Helper()
			time.Sleep(time.Minute)
			if got := text.Reveal(); got != want {
				t.Errorf("%s: %s", what, got)
			}
		}
		expect("unchanged", "first")
		write("the second")
		expect("written", "the second")
		write("")
		expect("emptied", "the second")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		expect("removed", "the second")
		write("the third one")
		expect("back", "the third one")
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%p"} {
			if s := fmt.Sprintf(verb, struct{ t Text }{text}) + fmt.Sprintf(verb, text) + fmt.Sprintf(verb, &text) + fmt.Sprintf(verb, []Text{text}); strings.Contains(s, "third") {
				t.Errorf("%s prints %s", verb, s)
			}
		}
	})
}
