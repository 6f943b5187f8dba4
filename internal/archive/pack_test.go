package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/archive"
	"overwatch/internal/fault"
	"overwatch/internal/query"
)

var now = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)

// counting is a Runner whose results have so many rows.
type counting int

func (n counting) Stream(_ context.Context, _ query.Run, row func([]query.Cell) error) (query.Ending, error) {
	for i := range int(n) {
		if err := row([]query.Cell{{Text: fmt.Sprintf("row %d", i), Colour: query.Good}}); err != nil {
			return query.Ending{}, err
		}
	}
	return query.Ending{Note: "note"}, nil
}

func collect(t testing.TB, rows int) *archive.Entry {
	t.Helper()
	e, err := archive.Collect(t.Context(), counting(rows), question(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func question() query.Run { return query.Run{Template: &query.Template{Title: "T"}} }

// What is unpacked is what was packed, and its pages are filtered anew.
func TestPack(t *testing.T) {
	for _, c := range []struct {
		rows, kept int // all of them, and what the filter keeps
		compressed bool
	}{{120, 31, false}, {5000, 1111, true}} {
		t.Run(fmt.Sprint(c.rows, " rows"), func(t *testing.T) {
			e := collect(t, c.rows)
			packed, ok := e.Pack()
			if !ok || bytes.HasPrefix(packed, []byte{0x1f, 0x8b}) != c.compressed {
				t.Fatalf("packed %v: %.20q", ok, packed)
			}
			got, err := archive.Unpack(packed)
			if diff := cmp.Diff(e, got); err != nil || diff != "" {
				t.Fatalf("%v: %s", err, diff)
			}
			q := question()
			q.Filter = query.ParseFilter("row 1")
			page := got.Page(q, 10, 5)
			if !page.Kept || page.Total != c.kept || len(page.Rows) != 5 || page.Rows[0][0].Text != "row 19" || page.Ending.Note != "note" || !page.At.Equal(now) {
				t.Errorf("its page: %+v", page)
			}
			for name, broken := range map[string][]byte{"nothing": nil, "half": packed[:len(packed)/2], "no rows": []byte("rows")} {
				if got, err := archive.Unpack(broken); err == nil {
					t.Errorf("%s unpacks to %v", name, got)
				}
			}
		})
	}
}

// Entries of one key have different identities.
func TestID(t *testing.T) {
	e := collect(t, 0)
	if e.ID() != archive.ID(now) || e.ID() == archive.ID(now.Add(time.Nanosecond)) {
		t.Errorf("got %s", e.ID())
	}
}

// A result of more than 20,000 rows is neither recorded nor collected.
func TestLargeResults(t *testing.T) {
	var recorder archive.Recorder
	for range archive.MaxRows + 1 {
		recorder.Add([]query.Cell{{Text: "x"}})
	}
	if _, ok := recorder.Pack(query.Result{}); ok {
		t.Error("20,001 rows are packed")
	}
	if _, err := archive.Collect(t.Context(), counting(archive.MaxRows+1), question(), time.Now); fault.Of(err) != fault.TooLarge {
		t.Errorf("20,001 rows: %v", err)
	}
	if e := collect(t, archive.MaxRows); len(e.Rows) != archive.MaxRows {
		t.Errorf("of 20,000 rows there are %d", len(e.Rows))
	}
}

// However large the rows are, no more is held than a store takes.
func TestWideResults(t *testing.T) {
	var recorder archive.Recorder
	wide := make([]byte, 1<<20)
	for i := range wide {
		wide[i] = byte('!' + i*i*i%90)
	}
	for i := range 20 {
		recorder.Add([]query.Cell{{Text: string(wide[i*1000:])}})
	}
	if packed, ok := recorder.Pack(query.Result{}); ok && len(packed) > 900<<10 {
		t.Errorf("%d bytes are packed", len(packed))
	}
}

func FuzzUnpack(f *testing.F) {
	for _, rows := range []int{1, 1000} {
		packed, _ := collect(f, rows).Pack()
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		if e, err := archive.Unpack(packed); (e == nil) == (err == nil) {
			t.Errorf("got %v and %v", e, err)
		}
	})
}
