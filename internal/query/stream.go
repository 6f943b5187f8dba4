package query

import (
	"context"
	"fmt"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/yang"
)

// maxRows bounds the rows of a result.
const maxRows = 5_000_000

var errTooMany = &fault.Error{Kind: fault.TooLarge, Message: fmt.Sprintf("The limit is %d rows.", maxRows)}

// Stream runs a query and hands every row to yield as it arrives; it holds none. An error of yield ends it
// and is returned as it is; all others are faults. A result that exceeds a limit or stops arriving after it
// had rows is no error: its ending says that it is Cut.
func (r *Runner) Stream(ctx context.Context, q Run, yield func(row []Cell) error) (Ending, error) {
	v := q.Template.platforms[q.Device.Platform]
	if v == nil {
		err := &fault.Error{
			Kind:    fault.Invalid,
			Message: fmt.Sprintf("%s doesn't support %s: its platform is %s.", q.Template.Title, q.Device.Name, q.Device.Platform),
			Hint:    fmt.Sprintf("The query supports %s.", strings.Join(q.Template.Platforms(), ", ")),
		}
		return failed(err), err
	}
	release, err := r.devices.Turn(ctx, q.Device)
	if err != nil {
		return failed(err), err
	}
	defer release()
	e := &execution{runner: r, ctx: ctx, run: q, now: r.now()}
	others := e.begin(v.secondary)
	defer others.stop()
	rows := 0
	var stopped error // by yield
	_, err = e.rows(v.primary, func(row yang.Row) error {
		if rows == maxRows {
			return errTooMany
		}
		cells, err := e.cells(v.facts, row, others)
		if err != nil {
			return err
		}
		rows++
		stopped = yield(cells)
		return stopped
	})
	if err == nil && rows == 0 {
		err = others.wait() // a device that refuses it has not answered with none
	}
	kind := fault.Of(err)
	switch {
	case stopped != nil:
		return Ending{}, stopped
	case rows == 0 && (err == nil || kind == fault.NotFound):
		return q.noRows(err), nil
	case rows > 0 && (kind == fault.TooLarge || kind == fault.Timeout) && ctx.Err() == nil:
		end := truncated(err)
		end.Note = e.note(others)
		return end, nil
	case err != nil:
		return failed(err), err
	}
	return Ending{Note: e.note(others)}, nil
}

// cells computes the facts of one row.
func (e *execution) cells(facts []Fact, row yang.Row, others *secondary) ([]Cell, error) {
	joined, err := others.of(row)
	if err != nil {
		return nil, err
	}
	rec := record{row, joined}
	cells := make([]Cell, len(facts))
	for i := range facts {
		cells[i], err = facts[i].cell(e.ctx, rec, e.now, e.runner.mask)
		if err != nil && !e.excuse(err, fmt.Sprintf("%s is missing where its expression failed.", facts[i].Title)) {
			return nil, e.unreadable(err)
		}
	}
	return cells, nil
}
