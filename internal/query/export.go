package query

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

// WriteCSV asks and writes every row as CSV (RFC 4180) while it arrives, the titles of the facts
// first. Text that a spreadsheet would take for a formula gets an apostrophe in front. An answer
// that was cut says so in its last line.
func (r *Runner) WriteCSV(ctx context.Context, q Run, w io.Writer) error {
	out := &csvFile{w: csv.NewWriter(w)}
	return r.write(ctx, q, out)
}

// WriteJSON asks and writes every row as an object of one JSON array while it arrives, its members
// named by the titles of the facts. An absent value is null. An answer that was cut says so in a last
// object with the member Cut.
func (r *Runner) WriteJSON(ctx context.Context, q Run, w io.Writer) error {
	return r.write(ctx, q, &jsonFile{w: w})
}

// SurveyCSV is WriteCSV for several devices: a first column has the device, and a last one what went
// wrong with it. Devices stand in the order in which they answer.
func (r *Runner) SurveyCSV(ctx context.Context, s Survey, w io.Writer) error {
	return r.writeSurvey(ctx, s, &csvFile{w: csv.NewWriter(w)})
}

// SurveyJSON is SurveyCSV as JSON.
func (r *Runner) SurveyJSON(ctx context.Context, s Survey, w io.Writer) error {
	return r.writeSurvey(ctx, s, &jsonFile{w: w})
}

// file is a format of files.
type file interface {
	begin(titles []string) error
	row(texts []string) error // as many as there are titles; an empty one is absent
	cut(say string) error
	end() error
}

func (r *Runner) write(ctx context.Context, q Run, out file) error {
	facts := q.Facts()
	titles := make([]string, len(facts))
	for i, f := range facts {
		titles[i] = f.Title
	}
	if err := out.begin(titles); err != nil {
		return err
	}
	texts := make([]string, len(facts))
	ending, err := r.Stream(ctx, q, func(row []Cell) error {
		if !q.Filter.Keeps(row) {
			return nil
		}
		for i, c := range row {
			texts[i] = c.Text
		}
		return out.row(texts)
	})
	if err == nil && ending.Cut != "" {
		err = out.cut("Cut here: " + ending.Cut)
	}
	if err != nil {
		return err
	}
	return out.end()
}

const (
	deviceTitle = "Device"
	errorTitle  = "Error"
	// maxHeld is how many rows of a device wait for the rest of its answer, so that they stand together
	// in the file. A longer answer is written in pieces.
	maxHeld = 1000
)

func (r *Runner) writeSurvey(ctx context.Context, s Survey, out file) error {
	titles, place := s.titles()
	if err := out.begin(titles); err != nil {
		return err
	}
	var one sync.Mutex
	var failed error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	write := func(rows [][]string) error {
		one.Lock()
		defer one.Unlock()
		for _, texts := range rows {
			if failed == nil {
				failed = out.row(texts)
			}
		}
		if failed != nil {
			cancel() // nobody reads any more
		}
		return failed
	}
	s.each(fanOutFile, func(_ int, d inventory.Device) {
		var held [][]string
		line := func() []string {
			texts := make([]string, len(titles))
			texts[0] = d.Name
			return texts
		}
		var ending Ending
		err := s.refusal(ctx, d)
		give := func(row []Cell) error {
			if !s.Filter.Keeps(row) {
				return nil
			}
			texts := line()
			for i, c := range row {
				texts[place[d.Platform][i]] = c.Text
			}
			if held = append(held, texts); len(held) < maxHeld {
				return nil
			}
			defer func() { held = nil }()
			return write(held)
		}
		if err == nil {
			ending, err = r.Stream(ctx, s.On(d), give)
		}
		say := ending.Cut
		if err != nil {
			say, _ = fault.Text(err)
		}
		if say != "" {
			texts := line()
			texts[len(texts)-1] = say
			held = append(held, texts)
		}
		_ = write(held) // remembered in failed
	})
	if failed != nil {
		return failed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return out.end()
}

// titles returns the columns of all platforms, each title once, and where each fact of a platform
// stands among them.
func (s Survey) titles() (titles []string, place map[string][]int) {
	titles, place = []string{deviceTitle}, map[string][]int{}
	for _, d := range s.Devices {
		if _, seen := place[d.Platform]; seen {
			continue
		}
		columns := []int{}
		for _, f := range s.Template.Facts(d.Platform) {
			at := slices.Index(titles[1:], f.Title) + 1
			if at == 0 {
				at = len(titles)
				titles = append(titles, f.Title)
			}
			columns = append(columns, at)
		}
		place[d.Platform] = columns
	}
	return append(titles, errorTitle), place
}

type csvFile struct {
	w     *csv.Writer
	texts []string
}

func (f *csvFile) begin(titles []string) error {
	f.texts = make([]string, len(titles))
	return f.w.Write(titles)
}

func (f *csvFile) row(texts []string) error {
	for i, t := range texts {
		f.texts[i] = harmless(t)
	}
	return f.w.Write(f.texts)
}

func (f *csvFile) cut(say string) error {
	clear(f.texts)
	f.texts[0] = say
	return f.w.Write(f.texts)
}

func (f *csvFile) end() error {
	f.w.Flush()
	return f.w.Error()
}

// harmless keeps device text from being run by a spreadsheet. Signed numbers stay as they are.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if strings.Trim(s, "+-.0123456789") == "" {
		return s
	}
	return "'" + s
}

type jsonFile struct {
	w     io.Writer
	names [][]byte // of the members
	buf   []byte
	rows  int
}

func (f *jsonFile) begin(titles []string) error {
	for _, t := range titles {
		name, _ := json.Marshal(t) // a string always marshals
		f.names = append(f.names, name)
	}
	return nil
}

func (f *jsonFile) row(texts []string) error {
	f.open()
	for i, text := range texts {
		if i > 0 {
			f.buf = append(f.buf, ", "...)
		}
		f.buf = append(append(f.buf, f.names[i]...), ": "...)
		if text == "" {
			f.buf = append(f.buf, "null"...)
			continue
		}
		value, _ := json.Marshal(text)
		f.buf = append(f.buf, value...)
	}
	return f.flush("}")
}

func (f *jsonFile) cut(say string) error {
	f.open()
	text, _ := json.Marshal(say)
	f.buf = append(append(f.buf, `"Cut": `...), text...)
	return f.flush("}")
}

func (f *jsonFile) open() {
	start := "[\n  {"
	if f.rows > 0 {
		start = ",\n  {"
	}
	f.rows++
	f.buf = append(f.buf, start...)
}

func (f *jsonFile) flush(end string) error {
	_, err := f.w.Write(append(f.buf, end...))
	f.buf = f.buf[:0]
	return err
}

func (f *jsonFile) end() error {
	if f.rows == 0 {
		f.buf = append(f.buf, '[')
	}
	return f.flush("\n]\n")
}
