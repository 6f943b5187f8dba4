package query

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"overwatch/internal/fault"
	"overwatch/internal/yang"
)

// maxJoined bounds the rows of a secondary request, which are held to be joined.
const maxJoined = 50_000

// secondary are the secondary requests of a run, in flight beside the primary one.
type secondary struct {
	joins  []joined
	cancel context.CancelFunc
	wait   func() error // until all are read; the first error of one that isn't optional
}

// begin sends the secondary requests.
func (e *execution) begin(requests []request) *secondary {
	ctx, cancel := context.WithCancel(e.ctx)
	s := &secondary{joins: make([]joined, len(requests)), cancel: cancel}
	var group errgroup.Group
	for i, req := range requests {
		beside := *e // with a time of its own
		beside.ctx = ctx
		group.Go(func() error { return beside.join(req, &s.joins[i]) })
	}
	s.wait = sync.OnceValue(group.Wait)
	return s
}

// stop ends what is still in flight, and waits for it.
func (s *secondary) stop() {
	s.cancel()
	_ = s.wait() // returned to those who needed the rows
}

// of returns the rows that belong to a primary row.
func (s *secondary) of(primary yang.Row) (rows []yang.Row, err error) {
	if err := s.wait(); err != nil {
		return nil, err
	}
	for _, j := range s.joins {
		if row, ok := j.rows[j.key(primary, func(on join) string { return on.primary })]; ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// note returns what is missing because an optional request or an expression failed, and whether texts had to
// be repaired, or nothing.
func (e *execution) note(others *secondary) string {
	_ = others.wait() // returned to those who needed the rows
	var notes []string
	for _, j := range others.joins {
		if j.err != nil && notes == nil {
			message, _ := fault.Text(j.err)
			notes = append(notes, "Some values are missing: "+message)
		}
		e.repaired = e.repaired || j.repaired
		e.failed = cmp.Or(e.failed, j.failed)
	}
	if e.failed != "" {
		notes = append(notes, e.failed)
	}
	if e.repaired {
		notes = append(notes, repairedNote)
	}
	return strings.Join(notes, " ")
}

const repairedNote = "The device sent characters that aren't valid in JSON; they are replaced."

// joined are the rows of a secondary request by the leaves they are joined on.
type joined struct {
	on   []join
	rows map[string]yang.Row
	err  error // of an optional request: why its rows are missing

	repaired bool   // texts in its responses
	failed   string // as in execution
}

// join reads the rows of a secondary request. An optional one that finds nothing is no error, and one that
// fails otherwise is noted.
func (e *execution) join(req request, j *joined) error {
	j.on, j.rows = req.merge, map[string]yang.Row{}
	_, err := e.rows(req, func(row yang.Row) error {
		key := j.key(row, func(on join) string { return on.secondary })
		if _, ok := j.rows[key]; ok {
			return nil
		}
		if len(j.rows) == maxJoined {
			return &fault.Error{
				Kind:    fault.Invalid,
				Message: fmt.Sprintf("%s has more than %d rows to join.", e.run.Device.Name, maxJoined),
			}
		}
		j.rows[key] = row
		return nil
	})
	j.repaired, j.failed = e.repaired, e.failed
	switch {
	case !req.optional || err == nil || e.ctx.Err() != nil:
		return err
	case fault.Of(err) != fault.NotFound:
		j.err = err
	}
	return nil
}

func (j *joined) key(row yang.Row, leaf func(join) string) string {
	parts := make([]string, len(j.on))
	for i, on := range j.on {
		v, _ := row.Get(leaf(on))
		parts[i] = plain(v)
	}
	return strings.Join(parts, "\x00")
}
