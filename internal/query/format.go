package query

import "io"

// Format is a format of files.
type Format string

// The formats. In CSV and JSON values are raw: numbers, bytes, bits per second, seconds, RFC 3339 times, true
// and false.
const (
	CSV  Format = "csv"
	JSON Format = "json"
	Text Format = "text" // aligned columns as people read them, for terminals
)

// file writes rows in one format.
type file interface {
	begin(titles []string) error
	row(cells []Cell) error // one cell for each title
	end(Ending) error       // says so when the rows aren't complete
}

// file returns the writer of a file with the rows that the filter keeps.
func (f Format) file(w io.Writer, filter Filter) file {
	switch f {
	case JSON:
		return &jsonFile{w: w}
	case Text:
		return &textFile{out: w, filter: filter}
	}
	return &csvFile{out: w}
}
