package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
		"a word":      {func(all []string) []string { all[3] = strings.Replace(all[3], "alice", "mallo", 1); return all }, "record 4 was changed"},
		"one missing": {func(all []string) []string { return append(all[:3], all[4:]...) }, "after record 3 comes record 5"},
		"the first":   {func(all []string) []string { return all[1:] }, "after record 0 comes record 2"},
		"two swapped": {func(all []string) []string { all[3], all[4] = all[4], all[3]; return all }, "after record 3 comes record 5"},
		"made anew": {func(all []string) []string {
			var r Record
			if err := json.Unmarshal([]byte(all[3]), &r); err != nil {
				panic(err)
			}
			r.Person = "mallory@example.com"
			r.Hash = r.sum()
			b, _ := json.Marshal(r)
			all[3] = string(b) + "\n"
			return all
		}, "record 5 doesn't follow record 4 as it stands there"},
		"no JSON":    {func(all []string) []string { all[3] = "nothing\n"; return all }, "line 4 isn't a record"},
		"more of it": {func(all []string) []string { all[3] = strings.Replace(all[3], "{", `{"more":1,`, 1); return all }, "line 4 isn't a record"},
		"the end":    {func(all []string) []string { return all[:5] }, "the head is 5"},
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
