package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"overwatch/internal/chat"
)

var at = time.Date(2026, 11, 23, 8, 20, 32, 123456789, time.UTC)

func fill(t *testing.T, dir string, most int64, n int) {
	t.Helper()
	l, err := open(dir, most)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := l.Write(Record{At: at, Run: chat.Run{Person: "alice@example.com", Query: "vrf", Devices: []string{fmt.Sprint("r", i)}, Allowed: true}, Outcome: "answered"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, dir string) (all []string) {
	t.Helper()
	names, err := files(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			all = append(all, line)
		}
	}
	return all
}

// Records go on after a restart, over several files, and are read back in their order.
func TestItGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	fill(t, dir, 1000, 7)
	fill(t, dir, 1000, 5)
	names, err := files(dir)
	if err != nil || len(names) < 3 {
		t.Errorf("files: %v %v", names, err)
	}
	seq := uint64(0)
	for r, err := range Read(dir) {
		if seq++; err != nil || r.Seq != seq || r.Person != "alice@example.com" || !r.At.Equal(at.Truncate(time.Millisecond)) {
			t.Fatalf("record %d: %+v %v", seq, r, err)
		}
	}
	if head, err := Verify(dir); err != nil || head.Seq != 12 || seq != 12 {
		t.Errorf("got %+v %v", head, err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

// Whatever is done to the records shows, with the first one that isn't as it was.
func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(all []string) []string
		want   string
	}{
		"nothing":     {func(all []string) []string { return all }, "the head is 7"},
		"a word":      {func(all []string) []string { all[3] = strings.Replace(all[3], "alice", "mallo", 1); return all }, "line 4: the record was changed"},
		"one missing": {func(all []string) []string { return append(all[:3], all[4:]...) }, "record 5 follows record 3"},
		"the first":   {func(all []string) []string { return all[1:] }, "record 2 follows record 0"},
		"two swapped": {func(all []string) []string { all[3], all[4] = all[4], all[3]; return all }, "record 5 follows record 3"},
		"made anew": {func(all []string) []string {
			var r Record
			if err := json.Unmarshal([]byte(all[3]), &r); err != nil {
				panic(err)
			}
			r.Person = "mallory@example.com"
			b, err := r.encode()
			if err != nil {
				panic(err)
			}
			all[3] = string(b)
			return all
		}, "record 5 doesn't have the hash of record 4"},
		"no JSON":           {func(all []string) []string { all[3] = "nothing\n"; return all }, "line 4: not a record"},
		"more of it":        {func(all []string) []string { all[3] = strings.Replace(all[3], "{", `{"more":1,`, 1); return all }, "line 4: the record was changed"},
		"garbage behind":    {func(all []string) []string { all[3] = strings.TrimSuffix(all[3], "\n") + " garbage\n"; return all }, "line 4: not a record"},
		"an object behind":  {func(all []string) []string { all[3] = strings.TrimSuffix(all[3], "\n") + all[4]; return all }, "line 4: not a record"},
		"a blank behind":    {func(all []string) []string { all[3] = strings.TrimSuffix(all[3], "\n") + " \n"; return all }, "line 4: not a record"},
		"a carriage return": {func(all []string) []string { all[3] = strings.TrimSuffix(all[3], "\n") + "\r\n"; return all }, "line 4: not a record"},
		"a blank in front":  {func(all []string) []string { all[3] = " " + all[3]; return all }, "line 4: the record was changed"},
		"a blank inside":    {func(all []string) []string { all[3] = strings.Replace(all[3], ":", ": ", 1); return all }, "line 4: the record was changed"},
		"a false duplicate": {func(all []string) []string {
			all[3] = strings.Replace(all[3], `"person":`, `"person":"ceo","person":`, 1)
			return all
		}, "line 4: the record was changed"},
		"a second hash": {func(all []string) []string {
			all[3] = strings.Replace(all[3], `"hash":`, `"hash":"x","hash":`, 1)
			return all
		}, "line 4: the record was changed"},
		"another spelling":    {func(all []string) []string { all[3] = strings.Replace(all[3], "alice", `\u0061lice`, 1); return all }, "line 4: the record was changed"},
		"a member in capital": {func(all []string) []string { all[3] = strings.Replace(all[3], `"person"`, `"Person"`, 1); return all }, "line 4: the record was changed"},
		"an empty line":       {func(all []string) []string { all[3] = "\n" + all[3]; return all }, "line 4: not a record"},
		"invalid UTF-8":       {func(all []string) []string { all[3] = strings.Replace(all[3], "alice", "al\xffce", 1); return all }, "line 4: the record was changed"},
		"zeros":               {func(all []string) []string { all[3] = strings.Repeat("\x00", 4096) + "\n"; return all }, "line 4: not a record"},
		"a huge line":         {func(all []string) []string { all[3] = strings.Repeat("x", maxLine+1) + "\n"; return all }, "line 4: the line is too long"},
		"several lines":       {func(all []string) []string { all[3], all[4] = "x\n", "y\n"; return all }, "lines 4 to 5: not a record"},
		"the end":             {func(all []string) []string { return all[:5] }, "the head is 5"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, mostBytes, 7)
			all := c.damage(lines(t, dir))
			names, err := files(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(names[0], []byte(strings.Join(all, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			head, err := Verify(dir)
			got := fmt.Sprintf("the head is %d", head.Seq)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A process that was killed in the middle of a line leaves no hole.
func TestHalfALine(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, mostBytes, 3)
	names, _ := files(dir)
	f, err := os.OpenFile(names[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":4,"at":"20`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if head, err := Verify(dir); err != nil || head.Seq != 3 {
		t.Errorf("while it is being written: %+v %v", head, err)
	}
	fill(t, dir, mostBytes, 2)
	if head, err := Verify(dir); err != nil || head.Seq != 5 {
		t.Errorf("afterwards: %+v %v", head, err)
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	dir := t.TempDir()
	l, err := open(dir, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	for range 8 {
		writing.Go(func() {
			for range 100 {
				if _, err := l.Write(Record{At: at, Outcome: "answered"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if head, err := Verify(dir); err != nil || head.Seq != 800 {
		t.Errorf("got %+v %v", head, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"seq":1,"at":"2026-11-23T08:20:32.123Z","person":"a","space":"s","allowed":true,"outcome":"answered","ms":1,"prev":"","hash":"x"}` + "\n")
	f.Add("\n")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "audit-1.jsonl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if head, err := Verify(dir); err == nil && head.Seq > 0 && !strings.Contains(text, head.Hash) {
			t.Errorf("%q has head %+v", text, head)
		}
	})
}

// Processes that share a directory don't write into each other's chains.
func TestChains(t *testing.T) {
	dir := t.TempDir()
	one, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*Log{one, two, two} {
		if _, err := l.Write(Record{At: at}); err != nil {
			t.Error(err)
		}
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := again.Write(Record{At: at}); err != nil || r.Seq != 2 {
		t.Errorf("the first chain goes on with %+v %v", r, err)
	}
	chains, err := Chains(dir)
	if err != nil || len(chains) != 2 {
		t.Fatalf("got %v %v", chains, err)
	}
	for _, c := range chains {
		if head, err := Verify(c); err != nil || head.Seq != 2 {
			t.Errorf("%s: %+v %v", c, head, err)
		}
	}
	if err := errors.Join(two.Close(), again.Close()); err != nil {
		t.Error(err)
	}
}

// A person's last questions are known, over a restart and over files.
func TestRecent(t *testing.T) {
	dir := t.TempDir()
	l, err := open(dir, 2000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2500 {
		person := []string{"alice@example.com", "bob@example.com"}[i%2]
		if _, err := l.Write(Record{At: at, Run: chat.Run{Person: person, Query: fmt.Sprint("q", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, l *Log) {
		t.Helper()
		got := l.Recent("ALICE@example.com", 3)
		if len(got) != 3 || got[0].Query != "q2498" || got[2].Query != "q2494" {
			t.Errorf("%s: %+v", what, got)
		}
		if got := l.Recent("carol@example.com", 3); len(got) > 0 {
			t.Errorf("%s: %+v of nobody", what, got)
		}
	}
	check("as written", l)
	if len(l.recent) > 2*maxRecent {
		t.Errorf("%d are remembered", len(l.recent))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(dir, 2000)
	if err != nil {
		t.Fatal(err)
	}
	check("after a restart", again)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// Damage among the last lines ends no log: it goes on in a new file, whose first record names the break,
// and what is whole can be read on both sides of it.
func TestDamageIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(path, text string) error
		gap    string // in the first record of the new file
		whole  int    // records that are left of seven
	}{
		"a bad line":          {rewrite(func(l []string) []string { l[5] = "nothing\n"; return l }), "audit-000000000001.jsonl line 6: not a record; the record before is 7", 6},
		"the last line":       {rewrite(func(l []string) []string { l[6] = "nothing\n"; return l }), "line 7: not a record; the record before is 6", 6},
		"a changed record":    {rewrite(func(l []string) []string { l[6] = strings.Replace(l[6], "alice", "mallo", 1); return l }), "line 7: the record was changed; the record before is 6", 6},
		"one removed":         {rewrite(func(l []string) []string { return append(l[:4], l[5:]...) }), "record 6 follows record 4; the record before is 7", 6},
		"garbage at the end":  {rewrite(func(l []string) []string { return append(l, "\x00\x00\x00") }), "the last line isn't a record; the record before is 7", 7},
		"only garbage":        {rewrite(func([]string) []string { return []string{"x\n"} }), "line 1: not a record; the record before is 0", 0},
		"a huge line":         {rewrite(func(l []string) []string { return append(l, strings.Repeat("x", maxLine+1), "\n") }), "too long for a record; the record before is 7", 7},
		"a huge end":          {rewrite(func(l []string) []string { return append(l, strings.Repeat("x", maxLine+1)) }), "too long for a record; the record before is 7", 7},
		"a directory instead": {func(path, _ string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "not a regular file; the record before is 0", 0},
		"a link instead": {func(path, text string) error {
			elsewhere := filepath.Join(filepath.Dir(path), "elsewhere")
			return errors.Join(os.Remove(path), os.WriteFile(elsewhere, []byte(text), 0o600), os.Symlink(elsewhere, path))
		}, "not a regular file; the record before is 0", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, mostBytes, 7)
			names, err := files(dir)
			if err != nil {
				t.Fatal(err)
			}
			before := strings.Join(lines(t, dir), "")
			if err := c.damage(names[0], before); err != nil {
				t.Fatal(err)
			}
			damaged, _ := os.ReadFile(names[0])
			l, err := open(dir, mostBytes)
			if err != nil {
				t.Fatal(err)
			}
			if w := strings.Join(l.Warnings(), "\n"); !strings.Contains(w, c.gap[:strings.Index(c.gap, ";")]) {
				t.Errorf("the warnings are %q", w)
			}
			for range 2 {
				if _, err := l.Write(Record{At: at, Run: chat.Run{Person: "bob@example.com"}, Outcome: "answered"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if after, _ := os.ReadFile(names[0]); string(after) != string(damaged) {
				t.Errorf("the damaged file has %d bytes, not %d", len(after), len(damaged))
			}
			var gaps []string
			alice, bob, breaks := 0, 0, 0
			for r, err := range Read(dir) {
				var b *Break
				switch {
				case errors.As(err, &b):
					breaks++
				case err != nil:
					t.Fatal(err)
				case r.Outcome == Gap:
					gaps = append(gaps, r.Why)
				case r.Person == "bob@example.com":
					bob++
				default:
					alice++
				}
			}
			if alice != c.whole || bob != 2 || breaks == 0 || len(gaps) != 1 || !strings.Contains(gaps[0], c.gap) {
				t.Errorf("%d and %d records, %d breaks, gaps %q", alice, bob, breaks, gaps)
			}
			if _, err := Verify(dir); err == nil {
				t.Error("the damage isn't found")
			}
			again, err := open(dir, mostBytes)
			if err != nil || len(again.Warnings()) > 0 {
				t.Fatalf("the next start: %v %v", again.Warnings(), err)
			}
			if r, err := again.Write(Record{At: at, Outcome: "answered"}); err != nil || r.Prev == "" {
				t.Errorf("the next record: %+v %v", r, err)
			}
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func rewrite(change func(lines []string) []string) func(path, text string) error {
	return func(path, text string) error {
		return os.WriteFile(path, []byte(strings.Join(change(slices.Collect(strings.Lines(text))), "")), 0o600)
	}
}

// A whole record whose line break is missing stays; an empty file is continued.
func TestEnds(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, mostBytes, 3)
	names, _ := files(dir)
	if err := os.WriteFile(names[0], []byte(strings.TrimSuffix(strings.Join(lines(t, dir), ""), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, dir, mostBytes, 2)
	if head, err := Verify(dir); err != nil || head.Records != 5 {
		t.Errorf("without a line break: %+v %v", head, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "audit-000000000006.jsonl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, dir, mostBytes, 2)
	if head, err := Verify(dir); err != nil || head.Records != 7 {
		t.Errorf("an empty file: %+v %v", head, err)
	}
}

// A record has a limit, whatever was asked: the first devices and how many more there were.
func TestRecordsAreBounded(t *testing.T) {
	dir := t.TempDir()
	l, err := open(dir, mostBytes)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("\x00<é", 100_000)
	r := Record{At: at, Run: chat.Run{Person: long, Query: "vrf", Target: "core-*", Filter: long, Inputs: map[string]string{}}, Why: long, Outcome: "failed"}
	for i := range 100_000 {
		name := fmt.Sprint("core-", i)
		r.Devices, r.Inputs[name] = append(r.Devices, name), long
		r.Decisions = append(r.Decisions, chat.Decision{Device: long, Rule: long})
	}
	written, err := l.Write(r)
	if err != nil || len(written.Devices) != 20 || written.MoreDevices != 99_980 || written.Target != "core-*" || written.Devices[19] != "core-19" {
		t.Errorf("%d devices and %d more: %v", len(written.Devices), written.MoreDevices, err)
	}
	if n := len(lines(t, dir)[0]); n > 256<<10 {
		t.Errorf("%d bytes", n)
	}
	for _, year := range []int{-1, 0, 1, 9999, 10_000} {
		if _, err := l.Write(Record{At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), Run: chat.Run{Person: "a\xffb"}, Outcome: "answered"}); err != nil {
			t.Errorf("the year %d: %v", year, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if head, err := Verify(dir); err != nil || head.Records != 6 {
		t.Errorf("%+v %v", head, err)
	}
}

// What couldn't be written is counted, and the next record says so. A file that was removed while it is
// written is noticed.
func TestLostRecords(t *testing.T) {
	dir := t.TempDir()
	l, err := open(dir, mostBytes)
	if err != nil {
		t.Fatal(err)
	}
	write := func() error {
		_, err := l.Write(Record{At: at, Run: chat.Run{Person: "alice@example.com"}, Outcome: "answered"})
		return err
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	good := l.file
	if l.file, err = os.Open(good.Name()); err != nil { // which can't be written, as on a full disk
		t.Fatal(err)
	}
	for range 3 {
		if err := write(); err == nil {
			t.Error("nothing fails")
		}
	}
	if err := l.file.Close(); err != nil {
		t.Fatal(err)
	}
	l.file = good
	if err := write(); err != nil {
		t.Fatal(err)
	}
	names, _ := files(dir)
	if err := os.Remove(names[len(names)-1]); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	var why []string
	for _, r := range l.recent {
		if r.Outcome == Gap {
			why = append(why, r.Why)
		}
	}
	want := []string{"3 records couldn't be written; the record before is 1", "audit-000000000001.jsonl: the file was removed or replaced; the record before is 3", "audit-000000000004.jsonl: the file was removed or replaced; the record before is 5"}
	if strings.Join(why, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", why)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
