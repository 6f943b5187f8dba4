package query

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// textFile writes rows in aligned columns, with the values that people read.
type textFile struct {
	out    io.Writer
	w      *tabwriter.Writer
	filter Filter
	titles []string
	lines  int
}

func (f *textFile) begin(columns []column) error {
	f.w = tabwriter.NewWriter(f.out, 0, 0, 2, ' ', 0)
	for _, c := range columns {
		f.titles = append(f.titles, c.title)
	}
	return nil
}

func (f *textFile) row(_ string, cells []Cell) error {
	if f.lines == 0 {
		if err := f.line(f.titles); err != nil {
			return err
		}
	}
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = c.Text
	}
	return f.line(texts)
}

func (f *textFile) line(texts []string) error {
	f.lines++
	_, err := fmt.Fprintln(f.w, strings.TrimRight(strings.Join(texts, "\t"), "\t"))
	return err
}

func (*textFile) close() {}

func (f *textFile) end(e Ending) error {
	if err := f.w.Flush(); err != nil {
		return err
	}
	remarks := e.remarks()
	if f.lines == 0 && e.Outcome == Complete {
		remarks = append(remarks, f.filter.NoMatch())
	}
	for _, remark := range remarks {
		if f.lines > 0 {
			remark = "\n" + remark
		}
		f.lines++
		if _, err := fmt.Fprintln(f.out, remark); err != nil {
			return err
		}
	}
	return nil
}
