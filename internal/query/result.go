package query

import (
	"context"
	"time"
)

// Result is a page of the rows of a run.
type Result struct {
	Run    Run
	Rows   [][]Cell // one cell for each fact of the run
	From   int      // rows before this page
	Limit  int      // the most rows of a page; 1 where a single row was asked for
	Read   int      // rows before the filter
	Total  int      // rows that the filter keeps, on all pages
	Held   int      // of these the rows for which the claim of the run's question holds
	Others [][]Cell // the first maxOthers of these for which it doesn't
	Ending Ending
	At     time.Time
	Took   time.Duration
	Kept   bool // read earlier and kept, not just now

	keeps func(row []Cell) bool // the filter, at the next row
	holds func(row []Cell) bool // the claim
}

// maxOthers is how many rows that contradict a claim are held.
const maxOthers = 3

// Page runs a query and returns at most limit of its rows, after the first from; the others are counted.
// Each row, whether the filter keeps it or not, is also handed to see, which may be nil.
func (r *Runner) Page(ctx context.Context, q Run, from, limit int, see func(row []Cell)) (Result, error) {
	result := Result{Run: q, At: r.now(), From: from, Limit: limit}
	var err error
	result.Ending, err = r.Stream(ctx, q, func(row []Cell) error {
		if see != nil {
			see(row)
		}
		result.Add(row)
		return nil
	})
	result.Took = r.now().Sub(result.At)
	return result, err
}

// Add counts a row that the filter keeps, and holds it if it is one of the Limit rows after From, or contradicts
// the claim of the run's question.
func (r *Result) Add(row []Cell) {
	if r.keeps == nil {
		r.keeps, r.holds = r.Run.Filter.Rows(r.Run.Facts(), r.At), r.Run.Question.Claim.Rows(r.Run.Facts(), r.At)
	}
	r.Read++
	if !r.keeps(row) {
		return
	}
	switch {
	case r.holds(row):
		r.Held++
	case len(r.Others) < maxOthers:
		r.Others = append(r.Others, row)
	}
	if r.Total >= r.From && len(r.Rows) < r.Limit && !r.Run.Filter.Counts() {
		r.Rows = append(r.Rows, row)
	}
	r.Total++
}
