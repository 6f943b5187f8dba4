package local_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/inbox/local"
)

// refusal checks that a directory is refused with a sentence that holds a text, and a way out.
func refusal(t *testing.T, o local.Options, want string) {
	t.Helper()
	s, err := local.Open(o)
	if err == nil {
		_ = s.Close()
	}
	message, hint := fault.Text(err)
	if fault.Of(err) != fault.Invalid || !strings.Contains(message, want) || hint == "" {
		t.Errorf("got %v (%s); want that it says %q", err, hint, want)
	}
}

func TestDirectoriesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, data string) error
		want    string
	}{
		"a file":      {func(_ *testing.T, data string) error { return os.WriteFile(data, nil, 0o600) }, "can't keep its inbox"},
		"open to all": {func(_ *testing.T, data string) error { return os.Chmod(data, 0o777) }, "Every user of this machine can write"},
		"the first edition": {func(_ *testing.T, data string) error {
			return os.MkdirAll(filepath.Join(data, "jetstream", "x"), 0o700)
		}, "older version"},
		"its journal":      {func(_ *testing.T, data string) error { return os.Mkdir(filepath.Join(data, "journal"), 0o700) }, "older version"},
		"a link as inbox":  {func(t *testing.T, data string) error { return os.Symlink(t.TempDir(), filepath.Join(data, "inbox")) }, "symbolic link"},
		"a link as audit":  {func(t *testing.T, data string) error { return os.Symlink(t.TempDir(), filepath.Join(data, "audit")) }, "symbolic link"},
		"a link to a lock": {func(t *testing.T, data string) error { return os.Symlink("/dev/null", filepath.Join(data, "lock")) }, "symbolic link"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			if name != "a file" {
				if err := os.Mkdir(o.DataDir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.prepare(t, o.DataDir); err != nil {
				t.Fatal(err)
			}
			refusal(t, o, c.want)
		})
	}
}

func TestOneProcessForADirectory(t *testing.T) {
	o := options(t)
	running := open(t, o)
	defer running.Close()
	refusal(t, o, "Another bot uses the data directory")
}

// An operator sees and changes the dead letters of a running bot, through a socket of mode 0600.
func TestVisit(t *testing.T) {
	o := options(t)
	running := open(t, o)
	defer running.Close()
	for i := range 2 {
		if _, err := running.Put(t.Context(), event("a", i)); err != nil {
			t.Fatal(err)
		}
		l, err := running.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Bury("for a reason"); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]os.FileMode{o.DataDir: 0o700, filepath.Join(o.DataDir, "inbox.sock"): 0o600, filepath.Join(o.DataDir, "inbox"): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	v, err := local.Visit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var ids []uint64
	for d, err := range v.Dead(t.Context()) {
		if err != nil || d.Reason != "for a reason" || d.Event.Room != "a" {
			t.Fatalf("%+v %v", d, err)
		}
		ids = append(ids, d.ID)
	}
	if len(ids) != 2 {
		t.Fatalf("got %v", ids)
	}
	if err := v.Replay(t.Context(), ids[0]); err != nil {
		t.Error(err)
	}
	if err := v.Forget(t.Context(), ids[1]); err != nil {
		t.Error(err)
	}
	if err := v.Forget(t.Context(), ids[1]); fault.Of(err) != fault.NotFound {
		t.Errorf("forgotten twice: %v", err)
	}
	if counts, err := v.Count(t.Context()); err != nil || counts.Waiting != 1 || counts.Dead != 0 {
		t.Errorf("%+v %v", counts, err)
	}
}

// Whatever byte of the files is wrong: the store opens, or says that it is damaged and what to do.
func TestDamagedFiles(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20))
	o := options(t)
	s := open(t, o)
	for i := range 50 {
		if _, err := s.Put(t.Context(), event("a", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(o.DataDir, "inbox")
	names, err := os.ReadDir(whole)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, file := range names {
		for range 4 {
			broken := options(t)
			if err := os.MkdirAll(broken.DataDir, 0o700); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(broken.DataDir, "inbox")
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, file.Name())
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) == 0 {
				continue
			}
			at := rand.IntN(min(len(content), 4096))
			content[at] ^= byte(1 + rand.IntN(255))
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := local.Open(broken)
			if err == nil {
				_ = s.Close()
				continue
			}
			refused++
			if message, hint := fault.Text(err); !strings.Contains(message, "damaged") || !strings.Contains(hint, "move "+dir) {
				t.Errorf("byte %d of %s: %v (%s)", at, file.Name(), err, hint)
			}
		}
	}
	t.Logf("%d times it didn't open", refused)
}
