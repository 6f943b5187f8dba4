package jetstream_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"overwatch/internal/inbox"
	"overwatch/internal/inbox/jetstream"
)

// outage is what is left of a data directory after a loss of power in which the server's own files lost
// all: the journal, of a machine that was started anew since.
func outage(t *testing.T, o jetstream.Options) jetstream.Options {
	t.Helper()
	after := options(t)
	dir := filepath.Join(after.DataDir, "journal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(o.DataDir, "journal", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no journal: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, entries, _ := bytes.Cut(text, []byte("\n"))
		text = append(jetstream.Line("another start"), entries...)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return after
}

// What was promised is there after a loss of power, and what was answered isn't answered again.
func TestNothingIsLostWithThePower(t *testing.T) {
	o := options(t)
	first := opened(t, o)
	for i := range 3 {
		put(t, first, notice("a", i))
	}
	put(t, first, notice("b", 0))
	put(t, first, notice("c", 0))
	a, b, c := take(t, first, "a-0"), take(t, first, "b-0"), take(t, first, "c-0")
	ended(t, a.Done())
	ended(t, b.Bury("for a reason"))
	ended(t, c.Keep(2))
	ended(t, take(t, first, "a-1").Retry(0))
	put(t, first, notice("e", 0)) // takes along what nobody waited for
	after := outage(t, o)
	ended(t, first.Close())

	second := open(t, after)
	counted(t, second, inbox.Counts{Waiting: 4, Dead: 1})
	var came []string
	for range 4 {
		l, err := second.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		came = append(came, fmt.Sprint(l.Event().ID, " with ", l.Sent()))
		ended(t, l.Done())
	}
	if slices.Index(came, "a-1 with 0") > slices.Index(came, "a-2 with 0") {
		t.Errorf("a space lost its order: %q", came)
	}
	slices.Sort(came)
	if want := []string{"a-1 with 0", "a-2 with 0", "c-0 with 2", "e-0 with 0"}; !slices.Equal(came, want) {
		t.Errorf("got %q, want %q", came, want)
	}
	for room, want := range map[string]bool{"a": true, "b": true, "d": false} {
		if known, err := second.Known(t.Context(), notice(room, 0)); err != nil || known != want {
			t.Errorf("%s-0 is known: %v, %v", room, known, err)
		}
	}
	counted(t, second, inbox.Counts{Dead: 1})
}

// A replayed dead letter that wasn't answered yet comes back, too.
func TestAReplayOutlastsThePower(t *testing.T) {
	o := options(t)
	first := opened(t, o)
	put(t, first, notice("a", 0))
	ended(t, take(t, first, "a-0").Bury("for a reason"))
	for d, err := range first.Dead(t.Context()) {
		ended(t, err)
		ended(t, first.Replay(t.Context(), d.ID))
	}
	after := outage(t, o)
	ended(t, first.Close())
	ended(t, take(t, open(t, after), "a-0").Done())
}

// What was put back once isn't put back again.
func TestThePowerIsLostOnce(t *testing.T) {
	o := options(t)
	first := opened(t, o)
	put(t, first, notice("a", 0))
	ended(t, take(t, first, "a-0").Bury("for a reason"))
	put(t, first, notice("b", 0)) // takes along what nobody waited for
	after := outage(t, o)
	ended(t, first.Close())
	second := opened(t, after)
	counted(t, second, inbox.Counts{Waiting: 1, Dead: 1})
	for d, err := range second.Dead(t.Context()) {
		ended(t, err)
		ended(t, second.Forget(t.Context(), d.ID))
	}
	ended(t, second.Close())
	counted(t, open(t, after), inbox.Counts{Waiting: 1})
}

// While the machine runs, nothing is put back: what was forgotten stays so.
func TestARestartOfTheProcessPutsNothingBack(t *testing.T) {
	o := options(t)
	first := opened(t, o)
	put(t, first, notice("a", 0))
	ended(t, take(t, first, "a-0").Bury("for a reason"))
	ended(t, first.Forget(t.Context(), 1))
	ended(t, first.Close())
	counted(t, open(t, o), inbox.Counts{})
}

// A line that was being written when the power went ends its file, and nobody was told of it.
func TestATornLine(t *testing.T) {
	o := options(t)
	first := opened(t, o)
	put(t, first, notice("a", 0))
	put(t, first, notice("a", 1))
	after := outage(t, o)
	ended(t, first.Close())
	file := filepath.Join(after.DataDir, "journal", "journal-1")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	second := open(t, after)
	ended(t, take(t, second, "a-0").Done())
	counted(t, second, inbox.Counts{})
}

// However many write at the same time, what they were told is in the journal.
func TestManyWriteAtOnce(t *testing.T) {
	o := options(t)
	o.InboxCapacity = 1000
	first := opened(t, o)
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			if stored, err := first.Put(t.Context(), notice(fmt.Sprint("room", i%7), i)); !stored || err != nil {
				t.Errorf("%d: %v %v", i, stored, err)
			}
		})
	}
	all.Wait()
	after := outage(t, o)
	after.InboxCapacity = 1000
	ended(t, first.Close())
	counted(t, open(t, after), inbox.Counts{Waiting: 300})
}

// FuzzJournal reads what may be left of a file: whole lines as they were written, and nothing else.
func FuzzJournal(f *testing.F) {
	entry := jetstream.Line(`{"subject":"overwatch.inbox.a","id":"i","body":{"id":"a"}}`)
	f.Add(bytes.Join([][]byte{jetstream.Line("boot"), entry, entry}, nil))
	f.Add([]byte("12345678 boot\n"))
	f.Add(entry[:20])
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "journal-1")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		subjects, err := jetstream.ReadJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(subjects) > bytes.Count(text, []byte("\n")) {
			t.Errorf("%d entries in %q", len(subjects), text)
		}
	})
}
