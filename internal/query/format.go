package query

import "io"

// Format is a format of files, and the ending of their names.
type Format string

// The formats. In all but Text values are raw: numbers, bytes, bits per second, seconds, times, true and
// false.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	JSON Format = "json"
	Text Format = "text" // aligned columns as people read them, for terminals
)

// formats are the formats, those that people can ask for first.
var formats = []struct {
	format Format
	media  string // the media type
	make   func(io.Writer, Filter) file
}{
	{CSV, "text/csv", func(w io.Writer, _ Filter) file { return &csvFile{out: w} }},
	{XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(w io.Writer, _ Filter) file { return newXLSX(w) }},
	{JSON, "application/json", func(w io.Writer, _ Filter) file { return &jsonFile{w: w} }},
	{Text, "text/plain", func(w io.Writer, filter Filter) file { return &textFile{out: w, filter: filter} }},
}

// Formats returns the formats that people can ask for.
func Formats() (list []Format) {
	for _, f := range formats {
		if f.format != Text {
			list = append(list, f.format)
		}
	}
	return list
}

// MediaType returns the media type of the format, or that of CSV for an unknown one.
func (f Format) MediaType() string { return formats[f.index()].media }

// file returns the writer of a file with the rows that the filter keeps.
func (f Format) file(w io.Writer, filter Filter) file { return formats[f.index()].make(w, filter) }

// index returns the place of the format among formats: 0, that of CSV, for an unknown one.
func (f Format) index() int {
	for i, known := range formats {
		if known.format == f {
			return i
		}
	}
	return 0
}
