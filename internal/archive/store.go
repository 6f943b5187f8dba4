package archive

import "context"

// Store keeps packed entries for a while. Its implementations are safe for concurrent use and pass the
// suite in archivetest.
type Store interface {
	// Put keeps a packed entry of at most 900 KiB under a key of letters and digits, together with the few
	// put before it. The store owns packed from then on.
	Put(ctx context.Context, key string, packed []byte) error
	// List returns the packed entries of a key, newest first; none is no error.
	List(ctx context.Context, key string) ([][]byte, error)
}
