package query

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Limits of Excel.
const (
	maxSheetName = 31
	maxSheetRows = 1_048_576
	maxDigits    = 15 // of a number; more are lost, so it stays text
	maxCellText  = 32_767
)

// xlsxFile writes an Excel workbook with a sheet for each device. Numbers are numbers and times are times;
// text of a device is text, never a formula. excelize keeps sheets of more than 16 MB in temporary files.
type xlsxFile struct {
	out     io.Writer
	book    *excelize.File
	bold    int // styles
	date    int
	columns []column
	sheets  map[string]*sheet // by device
	order   []*sheet
	names   map[string]bool // of sheets, in lower case
}

type sheet struct {
	*excelize.StreamWriter
	rows int
}

func newXLSX(out io.Writer) *xlsxFile {
	return &xlsxFile{out: out, book: excelize.NewFile(), sheets: map[string]*sheet{}, names: map[string]bool{"history": true}} // Excel has that one itself
}

func (f *xlsxFile) begin(columns []column) (err error) {
	f.columns = columns
	if f.bold, err = f.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm:ss"
	f.date, err = f.book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	return err
}

func (f *xlsxFile) row(device string, cells []Cell) error {
	s, err := f.sheet(device)
	if err != nil {
		return err
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = f.value(c)
	}
	return s.add(values)
}

// value returns what a cell of the workbook holds.
func (f *xlsxFile) value(c Cell) any {
	switch v := c.Value().(type) {
	case json.Number:
		digits := strings.Trim(strings.ReplaceAll(v.String(), ".", ""), "-0")
		if n, err := strconv.ParseFloat(v.String(), 64); err == nil && len(digits) <= maxDigits {
			return n
		}
		return v.String()
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return excelize.Cell{StyleID: f.date, Value: at.UTC()}
		}
		if len(v) > maxCellText {
			return strings.ToValidUTF8(v[:maxCellText-len("...")], "") + "..."
		}
		return v
	default:
		return v
	}
}

func (s *sheet) add(values []any, o ...excelize.RowOpts) error {
	s.rows++
	return s.SetRow("A"+strconv.Itoa(s.rows), values, o...)
}

// sheet returns the sheet of a device that has room for a row.
func (f *xlsxFile) sheet(device string) (*sheet, error) {
	if s := f.sheets[device]; s != nil && s.rows < maxSheetRows {
		return s, nil
	}
	name := f.name(device)
	if len(f.order) == 0 {
		if err := f.book.SetSheetName(f.book.GetSheetName(0), name); err != nil {
			return nil, err
		}
	} else if _, err := f.book.NewSheet(name); err != nil {
		return nil, err
	}
	writer, err := f.book.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{StreamWriter: writer}
	f.sheets[device], f.order = s, append(f.order, s)
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	headers := make([]any, len(f.columns))
	for i, c := range f.columns {
		headers[i] = c.header()
		if err := s.SetColWidth(i+1, i+1, float64(min(max(len(c.header())+4, 12), 40))); err != nil {
			return nil, err
		}
	}
	return s, s.add(headers, excelize.RowOpts{StyleID: f.bold})
}

// name returns a name for a sheet of a device, as Excel takes it, and unlike any other.
func (f *xlsxFile) name(device string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`:\/?*[]`, r):
			return '-'
		case r < ' ':
			return -1
		}
		return r
	}, device)
	plain = strings.Trim(plain, "' ")
	if plain == "" {
		plain = "Rows"
	}
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" (%d)", n)
		}
		runes := []rune(plain)
		name := string(runes[:min(len(runes), maxSheetName-len(suffix))]) + suffix
		if key := strings.ToLower(name); !f.names[key] {
			f.names[key] = true
			return name
		}
	}
}

func (f *xlsxFile) end(e Ending) error {
	if len(f.order) == 0 {
		if _, err := f.sheet(""); err != nil {
			return err
		}
	}
	for _, remark := range e.sheetRemarks() {
		if err := f.order[len(f.order)-1].add([]any{remark}); err != nil {
			return err
		}
	}
	for _, s := range f.order {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	return f.book.Write(f.out)
}

func (f *xlsxFile) close() { _ = f.book.Close() } // what stays is a temporary file
