package websocket

// NoteOf returns the name of the note with the process that uses a registration.
func NoteOf(registration string) string { return note(registration) }
