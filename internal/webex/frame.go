package webex

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"overwatch/internal/chat"
)

// Frame is one thing that came through a socket.
type Frame struct {
	ID       string // to acknowledge it by; empty when there is nothing to acknowledge
	Type     string // pong, shutdown, or what Webex calls the event, such as conversation.activity
	Sequence int64  // counts up; 0 when it isn't counted
	Ready    bool   // everything from now on comes through this socket

	activity *activity
}

// activity is what a frame tells of. Text and inputs in it are encrypted; content comes by REST.
type activity struct {
	ID     string `json:"id"`
	Verb   string `json:"verb"`
	Actor  member `json:"actor"`
	Object struct {
		member
		Participants struct {
			Items []member `json:"items"`
		} `json:"participants"`
	} `json:"object"`
	Target struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	} `json:"target"`
	Parent struct {
		Type string `json:"type"`
	} `json:"parent"`
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

// ParseFrame reads what came through a socket. The error says that it isn't a frame; members it
// doesn't know make no difference.
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

// overridden is data with the members replaced that headers name by dotted paths, as Webex's own
// clients do. Paths that lead nowhere are made.
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

// Event returns what a frame says that the bot me may have to answer; false when there is nothing.
// What the bot did itself and what other bots say is dropped here.
func (f Frame) Event(s Services, me Person) (chat.Event, bool) {
	a := f.activity
	if a == nil || a.ID == "" {
		return chat.Event{}, false
	}
	own := SamePerson(a.Actor.EntryUUID, me.ID)
	n := chat.Event{Action: "created", Actor: a.Actor.EntryUUID, At: time.Now()}
	where, err := url.Parse(a.Target.URL)
	if err != nil {
		return n, false
	}
	cluster := s.cluster(where)
	public := func(kind, uuid string) string { return ID{cluster, kind, uuid}.String() }
	n.Room = public("ROOM", a.Target.ID)
	switch {
	case a.Verb == "add" || a.Verb == "create":
		if !a.concerns(me) {
			return n, false
		}
		n.Resource, n.ID = "memberships", public("MEMBERSHIP", UUID(me.ID)+":"+a.Target.ID)
	case own || strings.EqualFold(a.Actor.Type, "BOT"):
		return n, false
	case (a.Verb == "post" || a.Verb == "share") && a.Parent.Type != "edit":
		n.Resource, n.ID = "messages", public("MESSAGE", a.ID)
		n.Lookup = s.lookup(where, a.Target.ID, "messages/"+a.ID)
	case a.Verb == "cardAction":
		n.Resource, n.ID = "attachmentActions", public("ATTACHMENT_ACTION", a.ID)
		n.Lookup = s.lookup(where, a.Target.ID, "attachment/actions/"+a.ID)
	default:
		return n, false
	}
	return n, true
}

// concerns reports whether me is who was added, or is in a space that was made.
func (a *activity) concerns(me Person) bool {
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

// lookup is where the public id of an activity can be asked for: beside its conversation. It is empty
// when that isn't an address of Webex's, which must not get the token.
func (s Services) lookup(conversation *url.URL, room, path string) string {
	base, found := strings.CutSuffix(conversation.Path, "conversations/"+room)
	if !found || room == "" || !s.trusts(conversation) {
		return ""
	}
	return conversation.Scheme + "://" + conversation.Host + base + path
}
