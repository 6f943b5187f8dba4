package query

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
)

// WriteCSV asks and writes every row as CSV (RFC 4180) while it arrives, the titles of the facts
// first. Text that a spreadsheet would take for a formula gets an apostrophe in front.
func (r *Runner) WriteCSV(ctx context.Context, q Question, w io.Writer) error {
	out := csv.NewWriter(w)
	facts := q.Facts()
	line := make([]string, len(facts))
	for i, f := range facts {
		line[i] = f.Title
	}
	if err := out.Write(line); err != nil {
		return err
	}
	_, err := r.Each(ctx, q, func(row []Cell) error {
		for i, c := range row {
			line[i] = harmless(c.Text)
		}
		return out.Write(line)
	})
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
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

// WriteJSON asks and writes every row as an object of one JSON array while it arrives, its members
// named by the titles of the facts. An absent value is null.
func (r *Runner) WriteJSON(ctx context.Context, q Question, w io.Writer) error {
	facts := q.Facts()
	names := make([][]byte, len(facts))
	for i, f := range facts {
		names[i], _ = json.Marshal(f.Title) // a string always marshals
	}
	buf := []byte("[")
	first := true
	_, err := r.Each(ctx, q, func(row []Cell) error {
		if !first {
			buf = append(buf, ',')
		}
		first = false
		buf = append(buf, "\n  {"...)
		for i, c := range row {
			if i > 0 {
				buf = append(buf, ", "...)
			}
			buf = append(append(buf, names[i]...), ": "...)
			if c.Text == "" {
				buf = append(buf, "null"...)
				continue
			}
			value, _ := json.Marshal(c.Text)
			buf = append(buf, value...)
		}
		buf = append(buf, '}')
		_, err := w.Write(buf)
		buf = buf[:0]
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.Write(append(buf, "\n]\n"...))
	return err
}
