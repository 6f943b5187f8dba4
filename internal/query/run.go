package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/yang"
)

// Fetcher reads one data resource of a device. An answer that isn't there is a fault of kind
// NotFound; one that is there and empty is an empty body. The caller closes the body.
type Fetcher interface {
	Fetch(ctx context.Context, device inventory.Device, path, fields string) (io.ReadCloser, error)
}

// Runner asks devices. It may be used by many at once.
type Runner struct {
	devices Fetcher
	now     func() time.Time
}

// NewRunner returns a runner that reads through devices and tells the time by now.
func NewRunner(devices Fetcher, now func() time.Time) *Runner { return &Runner{devices, now} }

// Question is a query to one device with the checked values of its inputs.
type Question struct {
	Template *Template
	Device   inventory.Device
	Values   form.Values
}

// Typed returns the text that asks the same.
func (q Question) Typed() string {
	words := []string{q.Template.Word()}
	for _, in := range q.Template.Inputs {
		if v := q.Values[in.ID]; v != "" {
			words = append(words, v)
		}
	}
	return strings.Join(append(words, q.Device.Name), " ")
}

// Press returns what a button means that asks the same, on a card in that thread.
func (q Question) Press(thread string) form.Press {
	p := form.Press{Do: form.Run, Query: q.Template.Name, Device: q.Device.Name, Thread: thread, Inputs: map[string]any{}}
	for id, v := range q.Values {
		p.Inputs[id] = v
	}
	return p
}

// Facts returns the columns of the answer.
func (q Question) Facts() []Fact { return q.Template.Facts(q.Device.Platform) }

// Result is the beginning of an answer and how much there is in all.
type Result struct {
	Question Question
	Rows     [][]Cell // as many cells as the question has facts
	Total    int      // rows in the whole answer
	Note     string   // what to know about the answer, or empty
	At       time.Time
	Took     time.Duration
}

// First asks and returns the first limit rows; the rest is counted, not kept.
func (r *Runner) First(ctx context.Context, q Question, limit int) (Result, error) {
	result := Result{Question: q, At: r.now()}
	note, err := r.Each(ctx, q, func(row []Cell) error {
		if result.Total < limit {
			result.Rows = append(result.Rows, row)
		}
		result.Total++
		return nil
	})
	result.Note, result.Took = note, r.now().Sub(result.At)
	return result, err
}

// maxJoined bounds the rows of a secondary request, which must be kept to be joined.
const maxJoined = 50_000

// Each asks and hands every row to yield as it arrives, holding none. An error of yield ends it and
// is returned as it is; all others are faults. The note says why there may be no rows.
func (r *Runner) Each(ctx context.Context, q Question, yield func(row []Cell) error) (note string, err error) {
	v := q.Template.platforms[q.Device.Platform]
	if v == nil {
		return "", &fault.Error{
			Kind: fault.Invalid,
			Say:  fmt.Sprintf("%s can't be asked of %s: there is no %s variant of it.", q.Template.Title, q.Device.Name, q.Device.Platform),
			Do:   fmt.Sprintf("It knows %s.", strings.Join(q.Template.Platforms(), ", ")),
		}
	}
	a := asker{Runner: r, ctx: ctx, question: q}
	joins := make([]joined, len(v.secondary))
	for i, req := range v.secondary {
		if joins[i], err = a.load(req); err != nil {
			return "", err
		}
	}
	now := r.now()
	var stop error
	_, err = a.rows(v.primary, func(row yang.Row) error {
		rec := record{row: row}
		for _, j := range joins {
			rec.joined = append(rec.joined, j.of(row)...)
		}
		cells := make([]Cell, len(v.facts))
		for i := range v.facts {
			cell, err := v.facts[i].cell(ctx, rec, now)
			if err != nil {
				return a.unreadable(err)
			}
			cells[i] = cell
		}
		stop = yield(cells)
		return stop
	})
	switch {
	case stop != nil:
		return "", stop
	case fault.Of(err) == fault.NotFound:
		_, do := fault.Text(err)
		return do, nil
	}
	return "", err
}

// asker asks one question.
type asker struct {
	*Runner
	ctx      context.Context
	question Question
}

// rows hands every row of a request to yield, or of the first of its alternatives that has any, and
// returns how many there were.
func (a *asker) rows(req request, yield func(yang.Row) error) (int, error) {
	n, err := a.get(req, yield)
	for _, alternative := range req.or {
		if n > 0 || (err != nil && fault.Of(err) != fault.NotFound) {
			break
		}
		var instead error
		n, instead = a.get(alternative, yield)
		if fault.Of(instead) != fault.NotFound {
			err = instead
		}
	}
	if req.optional && fault.Of(err) == fault.NotFound {
		err = nil
	}
	return n, err
}

func (a *asker) get(req request, yield func(yang.Row) error) (n int, err error) {
	body, err := a.devices.Fetch(a.ctx, a.question.Device, req.resource.fill(a.question.Values), req.fields)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	var stop error
	err = yang.Rows(body, req.rows, func(row yang.Row) error {
		for leaf, want := range req.where {
			if v, _ := row.Get(leaf); plain(v) != want {
				return nil
			}
		}
		n++
		stop = yield(row)
		return stop
	})
	if err == nil || stop != nil {
		return n, stop
	}
	return n, a.unreadable(err)
}

// unreadable makes a fault of an error that isn't one yet: the answer wasn't what it should be.
func (a *asker) unreadable(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || a.ctx.Err() != nil {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Cause: err,
		Say: fmt.Sprintf("%s answered with something I can't read.", a.question.Device.Name),
		Do:  "Try again; if it stays, its answer doesn't fit the query template " + a.question.Template.Name + ".",
	}
}

// joined are the rows of a secondary request by what they are joined on.
type joined struct {
	on   []join
	rows map[string]yang.Row
}

func (a *asker) load(req request) (joined, error) {
	j := joined{on: req.merge, rows: map[string]yang.Row{}}
	_, err := a.rows(req, func(row yang.Row) error {
		key := j.key(row, func(on join) string { return on.secondary })
		if _, ok := j.rows[key]; ok {
			return nil
		}
		if len(j.rows) == maxJoined {
			return &fault.Error{
				Kind: fault.Invalid,
				Say:  fmt.Sprintf("%s has more than %d rows to join, so I stopped.", a.question.Device.Name, maxJoined),
			}
		}
		j.rows[key] = row
		return nil
	})
	return j, err
}

func (j joined) key(row yang.Row, leaf func(join) string) string {
	parts := make([]string, len(j.on))
	for i, on := range j.on {
		v, _ := row.Get(leaf(on))
		parts[i] = plain(v)
	}
	return strings.Join(parts, "\x00")
}

// of returns the row that belongs to a primary row, or none.
func (j joined) of(primary yang.Row) []yang.Row {
	if row, ok := j.rows[j.key(primary, func(on join) string { return on.primary })]; ok {
		return []yang.Row{row}
	}
	return nil
}

// record is a row and the rows joined to it.
type record struct {
	row    yang.Row
	joined []yang.Row
}

// get looks for a leaf in the row first, then in what is joined to it.
func (r record) get(leaf string) (any, bool) {
	if v, ok := r.row.Get(leaf); ok {
		return v, true
	}
	for _, j := range r.joined {
		if v, ok := j.Get(leaf); ok {
			return v, true
		}
	}
	return nil, false
}

// members are those of the row and of what is joined to it; the row's own win.
func (r record) members() map[string]any {
	if len(r.joined) == 0 {
		return r.row.Members()
	}
	all := map[string]any{}
	for _, j := range r.joined {
		maps.Copy(all, j.Members())
	}
	maps.Copy(all, r.row.Members())
	return all
}
