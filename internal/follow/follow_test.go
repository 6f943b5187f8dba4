package follow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStat(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "v1"), filepath.Join(dir, "current")
	write(t, filepath.Join(real, "a.yaml"), "a")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.yaml")
	files := Stat(link, "", missing)
	unchanged := func(what string) {
		t.Helper()
		if !files.Equal(files.Now()) {
			t.Errorf("%s: another state", what)
		}
	}
	changed := func(what string) {
		t.Helper()
		now := files.Now()
		if files.Equal(now) {
			t.Errorf("%s: the same state", what)
		}
		files = now
	}
	unchanged("nothing happened")
	write(t, filepath.Join(real, "a.yaml"), "longer")
	changed("a file behind a link was written")
	write(t, filepath.Join(real, "below", "b.yaml"), "b")
	changed("a file was added below a directory")
	if err := os.Remove(filepath.Join(real, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	changed("a file was removed")
	write(t, missing, "here")
	changed("a missing file was written")
	write(t, filepath.Join(dir, "other.yaml"), "x")
	unchanged("another file was written")
	write(t, filepath.Join(dir, "v2", "a.yaml"), "x")
	if err := errors.Join(os.Remove(link), os.Symlink(filepath.Join(dir, "v2"), link)); err != nil {
		t.Fatal(err)
	}
	changed("a link leads elsewhere")
	if !Stat(missing).And(Stat(link)).Equal(Stat(missing, link)) {
		t.Error("two states together aren't the state of both")
	}
}

func TestValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "value")
		read := func() (string, error) {
			b, err := os.ReadFile(path)
			if err == nil && strings.HasPrefix(string(b), "half") {
				err = errors.New("half written")
			}
			return string(b), err
		}
		if _, err := Read(read, path); err == nil {
			t.Error("a missing file is read")
		}
		write(t, path, "first")
		v, err := Read(read, path)
		if err != nil {
			t.Fatal(err)
		}
		expect := func(what, want string) {
			t.Helper()
			if got := v.Get(); got != want {
				t.Errorf("%s: got %q", what, got)
			}
		}
		write(t, path, "second one")
		expect("at once", "first")
		time.Sleep(lookEvery)
		expect("later", "second one")
		write(t, path, "half of it")
		time.Sleep(lookEvery)
		expect("half written", "second one")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lookEvery)
		expect("removed", "second one")
		write(t, path, "the third")
		time.Sleep(lookEvery)
		expect("back", "the third")
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path, include := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")
		write(t, path, "one")
		files, valid := Stat(path), true
		calls := 0
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Watch(ctx, func() Files { return files }, func() {
				calls++
				if valid {
					files = Stat(path, include)
				}
			})
		}()
		expect := func(what string, want int) {
			t.Helper()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if calls != want {
				t.Errorf("%s: %d calls, want %d", what, calls, want)
			}
		}
		expect("nothing changed", 0)
		write(t, path, "two or")
		expect("a change", 1)
		write(t, include, "a file that is read since")
		expect("another file", 2)
		valid = false
		write(t, path, "nonsense")
		expect("an invalid change", 3)
		expect("nothing more", 3)
		valid = true
		write(t, path, "corrected now")
		expect("the correction", 4)
		write(t, path, "part")
		time.Sleep(watchEvery + settled/2)
		write(t, path, "part and the rest")
		expect("two writes in a row", 5)
		stop()
		<-ended
	})
}
