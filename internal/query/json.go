package query

import (
	"encoding/json"
	"io"
)

// jsonFile writes a JSON array with one object for each row, its members named by the titles of the facts.
// Values are raw: numbers are numbers, an absent value is null. A result that isn't complete ends with an
// object with the members Outcome and Reason.
type jsonFile struct {
	w     io.Writer
	names [][]byte // of the members
	buf   []byte
	rows  int
}

func (f *jsonFile) begin(columns []column) error {
	for _, c := range columns {
		name, _ := json.Marshal(c.title) // a string always marshals
		f.names = append(f.names, name)
	}
	return nil
}

func (f *jsonFile) row(_ string, cells []Cell) error {
	f.open()
	for i, c := range cells {
		if err := f.member(i, f.names[i], c.Value()); err != nil {
			return err
		}
	}
	return f.flush("}")
}

func (*jsonFile) close() {}

func (f *jsonFile) end(e Ending) error {
	if e.Note != "" || (e.Outcome != Complete && e.Outcome != None) { // an empty array says as much as None
		f.open()
		for i, m := range []struct{ name, value string }{{"Outcome", string(e.Outcome)}, {"Reason", e.Reason}, {"Note", e.Note}} {
			name, _ := json.Marshal(m.name)
			var value any
			if m.value != "" {
				value = m.value
			}
			if err := f.member(i, name, value); err != nil {
				return err
			}
		}
		if err := f.flush("}"); err != nil {
			return err
		}
	}
	if f.rows == 0 {
		f.buf = append(f.buf, '[')
	}
	return f.flush("\n]\n")
}

// open begins an object.
func (f *jsonFile) open() {
	start := "[\n  {"
	if f.rows > 0 {
		start = ",\n  {"
	}
	f.rows++
	f.buf = append(f.buf, start...)
}

func (f *jsonFile) member(i int, name []byte, value any) error {
	if i > 0 {
		f.buf = append(f.buf, ", "...)
	}
	f.buf = append(append(f.buf, name...), ": "...)
	text, err := json.Marshal(value)
	f.buf = append(f.buf, text...)
	return err
}

func (f *jsonFile) flush(end string) error {
	_, err := f.w.Write(append(f.buf, end...))
	f.buf = f.buf[:0]
	return err
}
