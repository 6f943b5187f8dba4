package query

import (
	"context"
	"time"
)

// Result is a part of an answer and how much there is in all.
type Result struct {
	Run   Run
	Rows  [][]Cell // as many cells as the question has facts
	From  int      // how many rows of the answer stand before them
	Total int      // rows in the whole answer that the filter keeps
	Note  string   // what to know about the answer, or empty
	Cut   string   // what there was too much of, when the answer ends before its end
	At    time.Time
	Took  time.Duration
	Kept  bool // it was asked for earlier and not again now
}

// Page asks and returns at most limit rows behind the first from of them; the rest is counted, not
// kept. Each row of the answer, whether the filter keeps it or not, is shown to see, which may be nil.
func (r *Runner) Page(ctx context.Context, q Run, from, limit int, see func(row []Cell)) (Result, error) {
	result := Result{Run: q, At: r.now(), From: from}
	ending, err := r.Stream(ctx, q, func(row []Cell) error {
		if see != nil {
			see(row)
		}
		result.Add(row, limit)
		return nil
	})
	result.Note, result.Cut, result.Took = ending.Note, ending.Cut, r.now().Sub(result.At)
	return result, err
}

// Add counts a row that the filter keeps, and holds it if it is one of the limit rows after From.
func (r *Result) Add(row []Cell, limit int) {
	if !r.Run.Filter.Keeps(row) {
		return
	}
	if r.Total >= r.From && len(r.Rows) < limit {
		r.Rows = append(r.Rows, row)
	}
	r.Total++
}
