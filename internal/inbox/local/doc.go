// Package local is the inbox of one process: an inbox.Store in one directory, on the embedded key-value
// engine Pebble. It is the default; several replicas share an inbox in internal/inbox/jetstream instead.
//
// What is scheduled is in memory, what is promised is in Pebble. Memory has the ids, rooms and places of
// the waiting events (about 200 bytes each) and the contents of the first few of them; everything else is
// read from disk when its turn comes. All changes go through one goroutine, the writer: it takes what
// has queued up and gives it to the operating system as one batch. Another one, the syncer, syncs what was
// written, once for everybody who waits. So no write waits for a sync of another.
//
// Durability, with inbox-sync always:
//   - Put, PutLater, Cancel, notes, dead letters and their removal are synced before they are acknowledged.
//   - Attempts, replies sent and "handled" are given to the operating system at once, also while a sync runs,
//     and synced with the next change that is synced. Killing the process loses none of them once they are
//     written, some 20 µs after the call. If the machine loses power, events handled since the last sync
//     are handled again: nothing is lost, some replies are sent twice.
//
// With inbox-sync interval nothing waits for the disk; a loss of power loses up to two minutes.
//
// When the disk can't be written (full, no inodes, no file descriptors, I/O errors, read-only, directory
// gone), Put returns a fault of kind Unavailable at once and Ready says why. A ballast file and a few
// spare descriptors are given up so that events in work can be finished. The writer tries to
// work again every quarter of a second, and opens Pebble anew if it must. What ended meanwhile
// is kept in memory and written then.
//
// A data directory that is removed or moved while the bot runs is never replaced: the store refuses events
// until it is back. Only Open begins a new one.
//
// The package knows events, notes and bytes, and nothing of Webex. Only internal/app, internal/bench and
// tests import it.
//
// Reading order: keys.go, reserve.go, fence.go, reason.go, engine.go, writer.go, queue.go, directory.go,
// store.go, put.go, take.go, due.go, dead.go, notes.go, results.go, recover.go, visit.go, open.go.
package local
