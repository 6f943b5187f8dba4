package audit

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/inbox/inboxtest"
)

// On a disk without room, for data or for another file, records are lost. Once there is room again the
// chain goes on by itself and says how many; a restart meanwhile changes nothing.
func TestFullDisk(t *testing.T) {
	for name, most := range map[string]int64{"within a file": mostBytes, "at the beginning of a file": 1} {
		for _, restart := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", and a restart"}[restart], func(t *testing.T) {
				disk := inboxtest.SmallDisk(t, "size=1m")
				dir := filepath.Join(disk, "audit")
				l, err := open(dir, most)
				if err != nil {
					t.Fatal(err)
				}
				write := func(text string) error {
					_, err := l.Write(Record{At: at, Run: chat.Run{Person: "alice@example.com", Filter: text}, Outcome: "answered"})
					return err
				}
				for range 3 {
					if err := write("x"); err != nil {
						t.Fatal(err)
					}
				}
				release := inboxtest.FillDisk(t, disk)
				lost := 0
				for lost < 3 { // the last page of the file may have room left
					if err := write(strings.Repeat("é\x00", maxText)); err != nil {
						lost++
					}
				}
				if restart {
					if err := l.Close(); err != nil {
						t.Error(err)
					}
					if l, err = open(dir, most); err != nil {
						t.Fatal(err)
					}
				}
				release()
				for range 2 {
					if err := write("x"); err != nil {
						t.Fatal(err)
					}
				}
				var gaps []string
				for r, err := range Read(dir) {
					if err != nil {
						t.Error(err)
					}
					if r.Outcome == Gap {
						gaps = append(gaps, r.Why)
					}
				}
				switch {
				case !restart && (len(gaps) != 1 || !strings.HasPrefix(gaps[0], "3 records couldn't be written; ")):
					t.Errorf("the gaps are %q", gaps)
				case restart && len(gaps) > 1:
					t.Errorf("the gaps are %q", gaps)
				}
				if _, err := Verify(dir); err != nil {
					t.Error(err)
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// The chain is in the order in which records were written, whatever the clock said.
func TestClockGoesBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	var l *Log
	for n, back := range []time.Duration{0, time.Hour, -time.Hour, 40 * 365 * 24 * time.Hour} {
		var err error
		if l, err = open(dir, 1); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			r := Record{At: at.Add(-back), Run: chat.Run{Person: "alice@example.com", Query: string(rune('a' + 2*n + i))}, Outcome: "answered"}
			if _, err := l.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if w := l.Warnings(); len(w) > 0 {
			t.Errorf("it warns of %q", w)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	var order string
	for r, err := range Read(dir) {
		if err != nil || r.Outcome == Gap {
			t.Errorf("got %+v, %v", r, err)
		}
		order += r.Query
	}
	recent := ""
	for _, r := range l.Recent("alice@example.com", 10) {
		recent = r.Query + recent
	}
	if order != "abcdefgh" || recent != "abcdefgh" {
		t.Errorf("read %s, recent %s", order, recent)
	}
	if head, err := Verify(dir); err != nil || head.Seq != 8 {
		t.Errorf("%+v, %v", head, err)
	}
}
