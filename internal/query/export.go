package query

import (
	"context"
	"io"
	"slices"
	"sync"

	"overwatch/internal/inventory"
)

// Write runs a query and writes every row to a file while it arrives, the titles of the facts first. An
// error may leave a part of the file written.
func (r *Runner) Write(ctx context.Context, q Run, format Format, w io.Writer) error {
	facts := q.Facts()
	columns := make([]column, len(facts))
	for i, f := range facts {
		columns[i] = f.column()
	}
	out := format.file(w, q.Filter)
	defer out.close()
	if err := out.begin(columns); err != nil {
		return err
	}
	keeps := q.Filter.Rows(facts, r.now())
	ending, err := r.Stream(ctx, q, func(row []Cell) error {
		if !keeps(row) {
			return nil
		}
		return out.row(q.Device.Name, row)
	})
	if err != nil {
		return err
	}
	return out.end(ending)
}

// Columns of a file about several devices, beside the facts.
const (
	deviceTitle  = "Device"
	outcomeTitle = "Outcome"
)

// maxHeld is how many rows of a device are held until its result is complete, so that they are together in
// the file. A longer result is written in pieces.
const maxHeld = 1000

// WriteSurvey is Write for several devices: the first column is the device, the last one the outcome of a
// device whose rows aren't complete. Devices are in the order in which they answer.
func (r *Runner) WriteSurvey(ctx context.Context, s Survey, format Format, w io.Writer) error {
	out := format.file(w, s.Filter)
	defer out.close()
	columns, place := s.columns()
	if err := out.begin(columns); err != nil {
		return err
	}
	var one sync.Mutex
	var failed error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	write := func(device string, rows [][]Cell) error {
		one.Lock()
		defer one.Unlock()
		for _, cells := range rows {
			if failed == nil {
				failed = out.row(device, cells)
			}
		}
		if failed != nil {
			cancel() // nothing reads the file any more
		}
		return failed
	}
	s.each(fanOutFile, func(_ int, d inventory.Device) {
		rows := deviceRows{device: d.Name, columns: len(columns), places: place[d.Platform], write: write}
		rows.end(r.stream(ctx, s, d, rows.add))
	})
	if failed != nil {
		return failed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return out.end(Ending{})
}

// stream runs the query on one device of a survey, and returns how it ended in any case.
func (r *Runner) stream(ctx context.Context, s Survey, d inventory.Device, add func([]Cell) error) Ending {
	if err := s.refusal(ctx, d); err != nil {
		return failed(err)
	}
	keeps := s.Filter.Rows(s.Template.Facts(d.Platform), r.now())
	ending, _ := r.Stream(ctx, s.On(d), func(row []Cell) error { // the ending has the error's sentence
		if !keeps(row) {
			return nil
		}
		return add(row)
	})
	return ending
}

// deviceRows holds the rows of one device until they are written.
type deviceRows struct {
	device  string
	columns int
	places  []int // of the facts among the columns
	held    [][]Cell
	write   func(device string, rows [][]Cell) error
}

func (d *deviceRows) line() []Cell {
	cells := make([]Cell, d.columns)
	cells[0].Text = d.device
	return cells
}

func (d *deviceRows) add(row []Cell) error {
	cells := d.line()
	for i, c := range row {
		cells[d.places[i]] = c
	}
	if d.held = append(d.held, cells); len(d.held) < maxHeld {
		return nil
	}
	return d.flush()
}

func (d *deviceRows) flush() error {
	defer func() { d.held = nil }()
	return d.write(d.device, d.held)
}

func (d *deviceRows) end(e Ending) {
	for _, remark := range e.remarks() {
		cells := d.line()
		cells[len(cells)-1].Text = remark
		d.held = append(d.held, cells)
	}
	_ = d.flush() // the writer remembers the error
}

// columns returns the columns of all platforms, each title and unit once, and the column of each fact of a
// platform.
func (s Survey) columns() (columns []column, place map[string][]int) {
	columns, place = []column{{title: deviceTitle}}, map[string][]int{}
	for _, d := range s.Devices {
		if _, seen := place[d.Platform]; seen {
			continue
		}
		places := []int{}
		for _, f := range s.Template.Facts(d.Platform) {
			at := slices.Index(columns[1:], f.column()) + 1
			if at == 0 {
				at = len(columns)
				columns = append(columns, f.column())
			}
			places = append(places, at)
		}
		place[d.Platform] = places
	}
	return append(columns, column{title: outcomeTitle}), place
}
