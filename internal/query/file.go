package query

// column is a column of a file.
type column struct {
	title string
	unit  string // of raw values; empty for none
}

// header is the column's title, with the unit if there is one.
func (c column) header() string {
	if c.unit == "" {
		return c.title
	}
	return c.title + " (" + c.unit + ")"
}

// file writes rows in one format.
type file interface {
	begin(columns []column) error
	row(device string, cells []Cell) error // one cell for each column
	end(Ending) error                      // says so when the rows aren't complete
	close()                                // releases what the file needed, whether it was ended or not
}
