package webex

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"overwatch/internal/chat"
)

// Frame is one message that arrived through a socket.
type Frame struct {
	ID       string // to acknowledge it with; empty if it needs no acknowledgement
	Type     string // pong, shutdown, or the name of a Webex event such as conversation.activity
	Sequence int64  // grows by one with each frame; 0 if it isn't counted
	Ready    bool   // the socket receives everything from now on

	activity *activity
}

// activity is what happened. Its text and inputs are encrypted; content is fetched by REST.
type activity struct {
	ID     string `json:"id"`
	Verb   string `json:"verb"`
	Actor  member `json:"actor"`
	Object struct {
		member
		conversation
		Kind         string `json:"objectType"`
		Participants struct {
			Items []member `json:"items"`
		} `json:"participants"`
	} `json:"object"`
	Target conversation `json:"target"`
	Parent struct {
		Type string `json:"type"`
	} `json:"parent"`
}

// conversation is what the socket calls a space.
type conversation struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

type member struct {
	EntryUUID string `json:"entryUUID"`
	Type      string `json:"type"` // PERSON or BOT
}

type envelope struct {
	ID       string                     `json:"id"`
	Type     string                     `json:"type"`
	Sequence int64                      `json:"sequenceNumber"`
	Headers  map[string]json.RawMessage `json:"headers"`
	Data     json.RawMessage            `json:"data"`
}

// ParseFrame decodes a frame. Unknown members are ignored. The error means that it isn't a frame.
func ParseFrame(text []byte) (Frame, error) {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return Frame{}, err
	}
	f := Frame{ID: e.ID, Type: e.Type, Sequence: e.Sequence}
	if len(e.Data) == 0 || e.Data[0] != '{' {
		return f, nil
	}
	var data struct {
		EventType string    `json:"eventType"`
		Activity  *activity `json:"activity"`
	}
	changed := overridden(e.Data, e.Headers)
	if err := json.Unmarshal(changed, &data); err != nil {
		return f, err
	}
	if data.EventType != "" {
		f.Type = data.EventType
	}
	switch f.Type {
	case "mercury.buffer_state", "mercury.registration_status":
		f.Ready = true
	case "conversation.activity":
		f.activity = data.Activity
	}
	return f, nil
}

// overridden replaces the members of data that headers name by dotted paths, creating missing ones
// (as the Webex JavaScript SDK does).
func overridden(data json.RawMessage, headers map[string]json.RawMessage) json.RawMessage {
	var object map[string]any
	if len(headers) == 0 || json.Unmarshal(data, &object) != nil {
		return data
	}
	for path, value := range headers {
		at, names := object, strings.Split(strings.TrimPrefix(path, "data."), ".")
		for _, name := range names[:len(names)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		at[names[len(names)-1]] = value
	}
	if changed, err := json.Marshal(object); err == nil {
		return changed
	}
	return data
}

// Event returns the event in a frame, or false if there is none that the bot me may have to handle.
// Actions of the bot itself and messages of other bots are dropped here.
func (f Frame) Event(s Services, me Person) (chat.Event, bool) {
	a := f.activity
	if a == nil || a.ID == "" {
		return chat.Event{}, false
	}
	where, address := a.space()
	own := SamePerson(a.Actor.EntryUUID, me.ID)
	cluster := s.cluster(address)
	public := func(kind, uuid string) string { return ID{cluster, kind, uuid}.String() }
	n := chat.Event{Action: "created", Actor: a.Actor.EntryUUID, At: time.Now()}
	if where != "" {
		n.Room = public("ROOM", where)
	}
	switch {
	case a.Verb == "add" || a.Verb == "create":
		if where == "" || !a.adds(me) {
			return n, false
		}
		n.Resource, n.ID = "memberships", public("MEMBERSHIP", UUID(me.ID)+":"+where)
	case own || strings.EqualFold(a.Actor.Type, "BOT"):
		return n, false
	case (a.Verb == "post" || a.Verb == "share") && a.Parent.Type != "edit":
		n.Resource, n.ID = "messages", public("MESSAGE", a.ID)
		n.Lookup = s.lookup(address, where, "messages/"+a.ID)
	case a.Verb == "cardAction":
		n.Resource, n.ID = "attachmentActions", public("ATTACHMENT_ACTION", a.ID)
		n.Lookup = s.lookup(address, where, "attachment/actions/"+a.ID)
	default:
		return n, false
	}
	return n, true
}

// space returns the UUID of the space in which a happened, or "", and the address of its conversation,
// which may be empty. The activity of a new space may have it as its object instead of its target.
func (a *activity) space() (uuid string, address *url.URL) {
	at := a.Target
	if at == (conversation{}) && (a.Object.Kind == "conversation" || strings.Contains(a.Object.URL, conversations)) {
		at = a.Object.conversation
	}
	address, err := url.Parse(at.URL)
	if err != nil {
		address = &url.URL{}
	}
	if at.ID == "" {
		_, at.ID, _ = strings.Cut(address.Path, conversations)
	}
	return at.ID, address
}

const conversations = "/conversations/"

// adds reports whether a adds me to a space, or creates a space that me is in.
func (a *activity) adds(me Person) bool {
	if SamePerson(a.Object.EntryUUID, me.ID) {
		return true
	}
	for _, m := range a.Object.Participants.Items {
		if SamePerson(m.EntryUUID, me.ID) {
			return true
		}
	}
	return false
}

// lookup returns the address that has the public id of an activity, beside its conversation. It is
// empty if the address isn't Webex's and so must not get the token.
func (s Services) lookup(conversation *url.URL, room, path string) string {
	base, found := strings.CutSuffix(conversation.Path, "conversations/"+room)
	if !found || room == "" || !s.trusts(conversation) {
		return ""
	}
	return conversation.Scheme + "://" + conversation.Host + base + path
}
