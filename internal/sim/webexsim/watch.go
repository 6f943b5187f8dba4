package webexsim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Entry is something that happened, for an inspector and for tests. Kind says which members are set.
type Entry struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // call, delivery, message, message-edited, message-deleted, membership, membership-deleted, action or room

	// Of a call, and of a delivery's answer. Tokens never stand here.
	Who        string  `json:"who,omitempty"`
	Method     string  `json:"method,omitempty"`
	Path       string  `json:"path,omitempty"`
	Status     int     `json:"status,omitempty"`
	MS         float64 `json:"ms,omitempty"`
	Request    string  `json:"request,omitempty"`
	Response   string  `json:"response,omitempty"`
	TrackingID string  `json:"trackingId,omitempty"`

	// Of a delivery.
	Webhook   string            `json:"webhook,omitempty"`
	TargetURL string            `json:"targetUrl,omitempty"`
	Resource  string            `json:"resource,omitempty"`
	Event     string            `json:"event,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      string            `json:"body,omitempty"`
	Error     string            `json:"error,omitempty"`

	// Of what happens in a space: the object as the API would give it.
	RoomID string `json:"roomId,omitempty"`
	Data   any    `json:"data,omitempty"`
}

// kept is how many entries Recent remembers.
const kept = 500

// journal tells watchers what happens. Each has its own queue, so that nobody waits for anybody.
type journal struct {
	mu       sync.Mutex
	seq      int64
	recent   []Entry
	watchers []*watcher
}

type watcher struct {
	mu     sync.Mutex
	more   *sync.Cond
	queue  []Entry
	closed bool
	done   chan struct{}
}

// maxBehind is how many entries a watcher may be behind before it loses the oldest.
const maxBehind = 10_000

func (j *journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	j.recent = append(j.recent, e)
	if len(j.recent) > 2*kept {
		j.recent = slices.Clone(j.recent[len(j.recent)-kept:])
	}
	for _, w := range j.watchers {
		w.mu.Lock()
		if w.queue = append(w.queue, e); len(w.queue) > maxBehind {
			w.queue = w.queue[1:]
		}
		w.mu.Unlock()
		w.more.Signal()
	}
}

func (j *journal) close() {
	j.mu.Lock()
	watchers := j.watchers
	j.watchers = nil
	j.mu.Unlock()
	for _, w := range watchers {
		w.close()
	}
}

func (w *watcher) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.more.Signal()
	<-w.done
}

func (w *watcher) run(see func(Entry)) {
	defer close(w.done)
	for {
		w.mu.Lock()
		for len(w.queue) == 0 && !w.closed {
			w.more.Wait()
		}
		if w.closed {
			w.mu.Unlock()
			return
		}
		entries := w.queue
		w.queue = nil
		w.mu.Unlock()
		for _, e := range entries {
			see(e)
		}
	}
}

// Watch calls see with everything that happens from now on, in order, one at a time. A slow see
// delays nobody else. stop returns when see won't be called any more; see must not call it.
func (s *Sim) Watch(see func(Entry)) (stop func()) {
	w := &watcher{done: make(chan struct{})}
	w.more = sync.NewCond(&w.mu)
	s.journal.mu.Lock()
	s.journal.watchers = append(s.journal.watchers, w)
	s.journal.mu.Unlock()
	go w.run(see)
	return sync.OnceFunc(func() {
		s.journal.mu.Lock()
		s.journal.watchers = slices.DeleteFunc(s.journal.watchers, func(x *watcher) bool { return x == w })
		s.journal.mu.Unlock()
		w.close()
	})
}

// Recent returns the last 500 entries, oldest first.
func (s *Sim) Recent() []Entry {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.recent[max(0, len(s.journal.recent)-kept):])
}

// maxShown bounds a body in an entry, in bytes.
const maxShown = 32 << 10

// shown is a body fit for an inspector: bounded, as text, without secrets.
func shown(contentType string, body []byte) string {
	if strings.HasPrefix(contentType, "multipart/") {
		return "(a form with a file)"
	}
	body = masked(body)
	if len(body) > maxShown {
		return strings.ToValidUTF8(string(body[:maxShown]), "") + "…"
	}
	if !utf8.Valid(body) {
		return "(binary)"
	}
	return string(body)
}

// masked hides the secret of a webhook.
func masked(body []byte) []byte {
	if !bytes.Contains(body, []byte(`"secret"`)) {
		return body
	}
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return []byte("(unreadable)")
	}
	if _, ok := object["secret"]; ok {
		object["secret"] = "<secret>"
	}
	return compact(object)
}
