package jetstream

// Disconnect cuts a store off from its server, as a network does.
func Disconnect(s *Store) { s.conn.Close() }
