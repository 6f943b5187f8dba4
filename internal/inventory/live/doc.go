// Package live joins the devices of several sources into one inventory and keeps it up to date.
//
// If a source fails, its last known devices stay, in memory and in a copy on disk, and the inventory says
// how old they are. A source that had devices and suddenly has none is treated alike until somebody
// confirms it. The package contains no source: internal/app makes them and is the only one to import it.
//
// Reading order: feed.go, copy.go, join.go, live.go, current.go.
package live
