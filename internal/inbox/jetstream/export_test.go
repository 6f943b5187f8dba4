package jetstream

// Disconnect cuts a store off from its cluster, as a network does.
func Disconnect(s *Store) { s.conn.Close() }
