package restconf

import (
	"strings"
	"sync"
	"time"
)

// learned is what the client has found out about how a device wants to be asked. It is forgotten after an
// hour, and whenever the device can't be reached or is starting, since it may run another release from then
// on. Safe for concurrent use.
type learned struct {
	mu    sync.Mutex
	until time.Time
	knowledge
}

type knowledge struct {
	media      string          // the media type it answers with; empty until known
	root       string          // where its RESTCONF is, as it says itself; empty until asked
	answered   string          // the root at which it last returned data
	at         time.Time       // when
	unfiltered map[string]bool // resources without keys that it gives only without fields
}

const (
	learnedFor    = time.Hour
	maxUnfiltered = 200 // resources; there are a few per query
)

// use reads or changes what is known.
func (l *learned) use(f func(k *knowledge)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.After(l.until) {
		l.knowledge, l.until = knowledge{}, now.Add(learnedFor)
	}
	f(&l.knowledge)
}

func (l *learned) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Time{}
}

// takesNoFields notes that a resource is given only without fields.
func (k *knowledge) takesNoFields(path string) {
	if k.unfiltered == nil || len(k.unfiltered) >= maxUnfiltered {
		k.unfiltered = map[string]bool{}
	}
	k.unfiltered[withoutKeys(path)] = true
}

// withoutKeys returns the path of a data resource without the keys of list entries.
func withoutKeys(path string) string {
	steps := strings.Split(path, "/")
	for i, step := range steps {
		steps[i], _, _ = strings.Cut(step, "=")
	}
	return strings.Join(steps, "/")
}
