package webexsim

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry records something that happened, for the inspector and for tests. Kind says which fields are
// set.
type Entry struct {
	Seq  int64     `json:"seq"` // counts from 1
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // call, delivery, frame, socket, message, message-edited, message-deleted, membership, membership-deleted, action, room or room-deleted

	// Of an API call, and of the answer to a webhook delivery. Tokens are left out.
	Who        string  `json:"who,omitempty"` // name of the caller
	Method     string  `json:"method,omitempty"`
	Path       string  `json:"path,omitempty"`
	Status     int     `json:"status,omitempty"`
	MS         float64 `json:"ms,omitempty"` // duration in milliseconds
	Request    string  `json:"request,omitempty"`
	Response   string  `json:"response,omitempty"`
	TrackingID string  `json:"trackingId,omitempty"`

	// Of a webhook delivery.
	Webhook   string            `json:"webhook,omitempty"`
	TargetURL string            `json:"targetUrl,omitempty"`
	Resource  string            `json:"resource,omitempty"`
	Event     string            `json:"event,omitempty"` // of a socket: opened, closed or refused
	Headers   map[string]string `json:"headers,omitempty"`
	Body      string            `json:"body,omitempty"` // also of a frame
	Error     string            `json:"error,omitempty"`

	// Of a socket and its frames.
	Socket string `json:"socket,omitempty"` // name of the registration
	From   string `json:"from,omitempty"`   // sender of the frame: webex or client
	Code   int    `json:"code,omitempty"`   // close code, or HTTP status of a refusal
	Reason string `json:"reason,omitempty"`

	// Of what happens in a space: the object as the API returns it.
	RoomID string `json:"roomId,omitempty"`
	Data   any    `json:"data,omitempty"`

	Notes []string `json:"notes,omitempty"` // parts of a card that Webex doesn't show
}

// maxShown bounds a body in an entry, in bytes.
const maxShown = 32 << 10

// shown returns a body for an entry: text of bounded length, without secrets.
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

// masked replaces every "secret" (of webhooks) and "token" (of sockets) in a JSON body.
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

// compact encodes JSON without HTML escaping and without a final newline, since some clients verify
// signatures over JSON that they encoded again.
func compact(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own types always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
