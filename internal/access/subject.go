package access

import "overwatch/internal/chat"

// Subject is who a decision is about: a person in a space.
type Subject struct {
	Person chat.Person
	Room   chat.Room
}

// Query is what the subject wants to run: the name of a template and its group.
type Query struct{ Name, Group string }
