package webexsim

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is something that happened, for an inspector and for tests. Kind says which members are set.
type Entry struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // call, delivery, frame, socket, message, message-edited, message-deleted, membership, membership-deleted, action, room or room-deleted

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

	// Of a frame, whose text is Body, and of a socket that was opened or closed, which is Event.
	Socket string `json:"socket,omitempty"` // the name of its registration
	From   string `json:"from,omitempty"`   // webex or client
	Code   int    `json:"code,omitempty"`   // with which it was closed
	Reason string `json:"reason,omitempty"`

	// Of what happens in a space: the object as the API would give it.
	RoomID string `json:"roomId,omitempty"`
	Data   any    `json:"data,omitempty"`

	Notes []string `json:"notes,omitempty"` // on a message's card: what people won't see of it
}

// Watch calls see with everything that happens from now on, in order, one at a time. A slow see
// delays nobody else. stop returns when see won't be called any more; see must not call it.
func (s *Sim) Watch(see func(Entry)) (stop func()) { return s.journal.Watch(see) }

// Recent returns the last 500 entries, oldest first.
func (s *Sim) Recent() []Entry { return s.journal.Recent() }

func (s *Sim) record(e Entry) {
	s.journal.Add(func(seq int64) Entry { e.Seq = seq; return e })
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

// masked hides what is called secret, as webhooks have it, or token, as sockets do, however deep it
// stands.
func masked(body []byte) []byte {
	if lower := bytes.ToLower(body); !bytes.Contains(lower, []byte(`"secret"`)) && !bytes.Contains(lower, []byte(`"token"`)) {
		return body
	}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return []byte("(unreadable)")
	}
	mask(value)
	return compact(value)
}

func mask(value any) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			mask(v)
		}
	case map[string]any:
		for k, v := range value {
			if strings.EqualFold(k, "secret") || strings.EqualFold(k, "token") {
				value[k] = "<secret>"
			} else {
				mask(v)
			}
		}
	}
}
