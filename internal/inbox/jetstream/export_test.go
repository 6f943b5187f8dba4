package jetstream

import "bytes"

// Disconnect cuts a store off from its server, as a network does.
func Disconnect(s *Store) { s.conn.Close() }

// Line is a line of a journal.
func Line(text string) []byte {
	var b bytes.Buffer
	writeLine(&b, []byte(text))
	return b.Bytes()
}

// ReadJournal returns the subjects of a file's entries.
func ReadJournal(path string) (subjects []string, err error) {
	_, entries, err := readJournal(path)
	for _, e := range entries {
		subjects = append(subjects, e.Subject)
	}
	return subjects, err
}
