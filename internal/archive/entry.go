// Package archive keeps results, so that their pages can be turned and they can be compared later.
//
// An Entry is one whole result. A Recorder packs it while its rows stream past, and Unpack reads it
// again. A Store keeps packed entries by the key of their run, without looking into them. The package
// runs no queries of its own and draws nothing. It is core: internal/bot and internal/render use it,
// stores outside the core implement Store, and internal/app chooses one of them.
//
// Reading order: entry.go, pack.go, store.go, memory.go.
package archive

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/query"
)

// MaxRows is how many rows an entry holds at most.
const MaxRows = 20_000

// Entry is a whole result: every row, whatever filter it was shown with.
type Entry struct {
	At     time.Time
	Took   time.Duration
	Ending query.Ending
	Rows   [][]query.Cell
}

// ID returns the identity of the result of one run that began at that time, among the results of the same
// query on the same device.
func ID(at time.Time) string { return strconv.FormatInt(at.UnixNano(), 36) }

// ID returns the entry's identity among those with the same key.
func (e *Entry) ID() string { return ID(e.At) }

// Page returns at most limit rows of the entry that the filter of q keeps, after the first from of them.
func (e *Entry) Page(q query.Run, from, limit int) query.Result {
	r := query.Result{Run: q, From: from, Limit: limit, Ending: e.Ending, At: e.At, Took: e.Took, Kept: true}
	for _, row := range e.Rows {
		r.Add(row)
	}
	return r
}

// Runner runs queries; query.Runner implements it.
type Runner interface {
	Stream(ctx context.Context, q query.Run, row func([]query.Cell) error) (query.Ending, error)
}

// Collect runs a query and returns the whole result. One of more than MaxRows rows is a fault of kind
// TooLarge.
func Collect(ctx context.Context, r Runner, q query.Run, now func() time.Time) (*Entry, error) {
	e := &Entry{At: now()}
	ending, err := r.Stream(ctx, q, func(row []query.Cell) error {
		if len(e.Rows) == MaxRows {
			return &fault.Error{
				Kind:    fault.TooLarge,
				Message: fmt.Sprintf("%s has more than %d rows on %s, too many to compare.", q.Template.Title, MaxRows, q.Device.Name),
				Hint:    "Export two CSV files and compare those.",
			}
		}
		e.Rows = append(e.Rows, row)
		return nil
	})
	e.Ending, e.Took = ending, now().Sub(e.At)
	return e, err
}
