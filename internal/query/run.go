package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/redact"
	"overwatch/internal/yang"
)

// Fetcher reads devices.
type Fetcher interface {
	// Turn waits until the device may be asked one more question, whose requests then go together.
	Turn(ctx context.Context, device inventory.Device) (release func(), err error)
	// Fetch reads one data resource. An answer that isn't there is a fault of kind NotFound; one that is
	// there and empty is an empty body. The caller closes the body.
	Fetch(ctx context.Context, device inventory.Device, path, fields string) (io.ReadCloser, error)
}

// Runner asks devices. It may be used by many at once.
type Runner struct {
	devices Fetcher
	now     func() time.Time
	mask    *redact.Redactor
}

// NewRunner returns a runner that reads through devices and tells the time by now. It masks secrets in
// what they say.
func NewRunner(devices Fetcher, now func() time.Time) *Runner {
	return &Runner{devices, now, redact.New()}
}

// Masking returns a runner that masks in another way; with nil, not at all.
func (r *Runner) Masking(mask *redact.Redactor) *Runner { return &Runner{r.devices, r.now, mask} }

// maxJoined bounds the rows of a secondary request, which must be kept to be joined.
const maxJoined = 50_000

// maxRows bounds an answer, and with the time and the size that a Fetcher allows the work it makes.
const maxRows = 5_000_000

// Ending is how an answer ended.
type Ending struct {
	Note string // why there may be no rows, or empty
	Cut  string // what there was too much of, when rows are missing at the end; else empty
}

// Stream asks and hands every row to yield as it arrives, holding none. An error of yield ends it and
// is returned as it is; all others are faults. An answer that grows over a limit is cut there: that
// is no error once it had rows.
func (r *Runner) Stream(ctx context.Context, q Run, yield func(row []Cell) error) (Ending, error) {
	v := q.Template.platforms[q.Device.Platform]
	if v == nil {
		return Ending{}, &fault.Error{
			Kind:    fault.Invalid,
			Message: fmt.Sprintf("%s can't be asked of %s: there is no %s variant of it.", q.Template.Title, q.Device.Name, q.Device.Platform),
			Hint:    fmt.Sprintf("It knows %s.", strings.Join(q.Template.Platforms(), ", ")),
		}
	}
	release, err := r.devices.Turn(ctx, q.Device)
	if err != nil {
		return Ending{}, err
	}
	defer release()
	a := asker{Runner: r, ctx: ctx, question: q}
	joins, stopLoading := a.load(v.secondary)
	defer stopLoading()
	now := r.now()
	rows := 0
	var stop error
	_, err = a.rows(v.primary, func(row yang.Row) error {
		if rows == maxRows {
			return errTooMany
		}
		all, err := joins()
		if err != nil {
			return err
		}
		rec := record{row: row}
		for _, j := range all {
			rec.joined = append(rec.joined, j.of(row)...)
		}
		cells := make([]Cell, len(v.facts))
		for i := range v.facts {
			cell, err := v.facts[i].cell(ctx, rec, now, r.mask)
			if err != nil {
				return a.unreadable(err)
			}
			cells[i] = cell
		}
		rows++
		stop = yield(cells)
		return stop
	})
	if err == nil && rows == 0 {
		_, err = joins() // nothing to join, but not without a word if the device refused
	}
	switch {
	case stop != nil:
		return Ending{}, stop
	case fault.Of(err) == fault.NotFound:
		_, do := fault.Text(err)
		return Ending{Note: do}, nil
	case rows > 0 && (fault.Of(err) == fault.TooLarge || fault.Of(err) == fault.Timeout) && ctx.Err() == nil:
		say, _ := fault.Text(err)
		return Ending{Cut: say}, nil
	}
	return Ending{}, err
}

var errTooMany = &fault.Error{Kind: fault.TooLarge, Message: fmt.Sprintf("I read no more than %d rows.", maxRows)}

// asker asks one question.
type asker struct {
	*Runner
	ctx      context.Context
	question Run
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
	resource := req.resource.fill(a.question.Values)
	body, err := a.devices.Fetch(a.ctx, a.question.Device, resource, req.fields)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	var stop error
	give := func(row yang.Row) error {
		n++
		stop = yield(row)
		return stop
	}
	var picked chosen
	if req.choose != nil {
		picked = req.choose.begin(a.question.Values)
	}
	err = yang.Rows(body, resource, req.rows, func(row yang.Row) error {
		kept, err := req.kept(a.ctx, row)
		switch {
		case err != nil || !kept:
			return err
		case picked != nil:
			picked.offer(row)
			return nil
		}
		return give(row)
	})
	if err == nil && picked != nil {
		for _, row := range picked.rows() {
			if err := give(row); err != nil {
				break
			}
		}
	}
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
		Message: fmt.Sprintf("%s answered with something I can't read.", a.question.Device.Name),
		Hint:    "Try again; if it stays, its answer doesn't fit the query template " + a.question.Template.Name + ".",
	}
}

// joined are the rows of a secondary request by what they are joined on.
type joined struct {
	on   []join
	rows map[string]yang.Row
}

// load asks with the secondary requests, all at the same time and beside the primary one. all waits for
// their rows; stop ends what isn't over.
func (a *asker) load(requests []request) (all func() ([]joined, error), stop func()) {
	if len(requests) == 0 {
		return func() ([]joined, error) { return nil, nil }, func() {}
	}
	ctx, cancel := context.WithCancel(a.ctx)
	beside := asker{a.Runner, ctx, a.question}
	joins := make([]joined, len(requests))
	var group errgroup.Group
	for i, req := range requests {
		group.Go(func() (err error) {
			joins[i], err = beside.join(req)
			return err
		})
	}
	wait := sync.OnceValue(group.Wait)
	return func() ([]joined, error) { return joins, wait() }, func() {
		cancel()
		_ = wait() // whoever needs the rows was told
	}
}

// join reads the rows of a secondary request.
func (a *asker) join(req request) (joined, error) {
	j := joined{on: req.merge, rows: map[string]yang.Row{}}
	_, err := a.rows(req, func(row yang.Row) error {
		key := j.key(row, func(on join) string { return on.secondary })
		if _, ok := j.rows[key]; ok {
			return nil
		}
		if len(j.rows) == maxJoined {
			return &fault.Error{
				Kind:    fault.Invalid,
				Message: fmt.Sprintf("%s has more than %d rows to join, so I stopped.", a.question.Device.Name, maxJoined),
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
		return r.row.Visible()
	}
	all := map[string]any{}
	for _, j := range r.joined {
		maps.Copy(all, j.Members())
	}
	maps.Copy(all, r.row.Visible())
	return all
}
