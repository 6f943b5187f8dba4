package webexsim

import (
	"encoding/json"
	"slices"
	"time"
)

type message struct {
	uuid, id  string
	room      *room
	author    *Person
	parent    *message // root of the thread; nil for a root
	text      string
	markdown  string
	html      string
	mentioned []*Person
	everybody bool // mentions @all
	cards     []json.RawMessage
	files     []*file
	created   time.Time
	updated   time.Time
	edits     int
}

type file struct {
	id, name, kind string
	message        *message
	data           []byte
}

func (m *message) mentions(p *Person) bool {
	return slices.Contains(m.mentioned, p)
}

// visible reports whether p may read m. In group spaces a bot can only read its own messages and those
// that mention it.
func (m *message) visible(p *Person) bool {
	return m.room.member(p) != nil && (!p.Bot || m.room.direct || m.author == p || m.mentions(p))
}

// object returns the message as the API does, or if brief as webhooks do: without its content.
func (m *message) object(base string, brief bool) map[string]any {
	o := map[string]any{
		"id": m.id, "roomId": m.room.id, "roomType": m.room.kind(), "personId": m.author.ID,
		"personEmail": m.author.Email, "created": stamp(m.created),
	}
	set := func(key string, value any, present bool) {
		if present {
			o[key] = value
		}
	}
	if m.parent != nil {
		o["parentId"] = m.parent.id
	}
	var ids []string
	for _, p := range m.mentioned {
		ids = append(ids, p.ID)
	}
	set("mentionedPeople", ids, len(ids) > 0)
	set("mentionedGroups", []string{"all"}, m.everybody)
	set("updated", stamp(m.updated), !m.updated.IsZero())
	var urls []string
	for _, f := range m.files {
		urls = append(urls, base+"/contents/"+f.id)
	}
	set("files", urls, len(urls) > 0)
	if brief {
		return o
	}
	set("text", m.text, m.text != "")
	set("markdown", m.markdown, m.markdown != "")
	set("html", m.html, m.html != "")
	var cards []map[string]any
	for _, c := range m.cards {
		cards = append(cards, map[string]any{"contentType": cardType, "content": c})
	}
	set("attachments", cards, len(cards) > 0)
	return o
}

// action is a pressed button.
type action struct {
	uuid    string
	id      string
	message *message
	inputs  json.RawMessage
	person  *Person
	created time.Time
}

// object returns the action as the API does, or if brief as webhooks do: without its inputs.
func (a *action) object(brief bool) map[string]any {
	o := map[string]any{
		"id": a.id, "type": "submit", "messageId": a.message.id, "personId": a.person.ID,
		"roomId": a.message.room.id, "created": stamp(a.created),
	}
	if !brief {
		o["inputs"] = a.inputs
	}
	return o
}
