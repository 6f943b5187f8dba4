package webexsim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

type message struct {
	uuid, id  string
	room      *room
	author    *Person
	parent    *message // a thread's root
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

// visible reports whether p may read m: in group spaces a bot sees only what mentions it, and what
// it says itself.
func (m *message) visible(p *Person) bool {
	return m.room.member(p) != nil && (!p.Bot || m.room.direct || m.author == p || m.mentions(p))
}

// object is the message as the API gives it; brief is as webhooks have it, without any content.
func (m *message) object(base string, brief bool) map[string]any {
	o := map[string]any{
		"id": m.id, "roomId": m.room.id, "roomType": m.room.kind(), "personId": m.author.ID,
		"personEmail": m.author.Email, "created": stamp(m.created),
	}
	set := func(key string, value any, there bool) {
		if there {
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

func (s *Sim) message(id string, who *Person) (*message, error) {
	bare, ok := s.bareID("MESSAGE", id)
	if !ok {
		return nil, fail(http.StatusBadRequest, "Expect base64 ID or UUID.")
	}
	for _, m := range slices.Backward(s.messages) {
		if m.uuid == bare && m.visible(who) {
			return m, nil
		}
	}
	return nil, fail(http.StatusNotFound, "Could not find message with provided ID.")
}

// thread returns the root of the thread that a message of r is in. A bot may answer where it is
// mentioned although it can't read how the thread began.
func (s *Sim) thread(id string, r *room) (*message, error) {
	bare, ok := s.bareID("MESSAGE", id)
	if !ok {
		return nil, fail(http.StatusBadRequest, "Expect base64 ID or UUID.")
	}
	for _, m := range slices.Backward(s.messages) {
		if m.uuid == bare && m.room == r {
			return cmp.Or(m.parent, m), nil // Webex resolves a reply's id to its root, or refuses it: both were seen
		}
	}
	return nil, fail(http.StatusNotFound, "Could not find the parent message.")
}

func getMessage(c *call) (any, error) {
	m, err := c.sim.message(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return m.object(c.sim.base, false), nil
}

func listMessages(c *call) (any, error) {
	query := c.URL.Query()
	if query.Get("roomId") == "" {
		return nil, fail(http.StatusBadRequest, "Required String parameter 'roomId' is not present")
	}
	r, err := c.sim.room(query.Get("roomId"), c.who)
	if err != nil {
		return nil, err
	}
	asked := query.Get("mentionedPeople")
	id, _ := bareID("PEOPLE", asked)
	switch {
	case c.who.Bot && !r.direct && asked == "":
		return nil, fail(http.StatusForbidden, "The request was unauthorized. Bots can only list messages that mention them: mentionedPeople=me.")
	case asked != "" && asked != "me" && id != c.who.UUID:
		return nil, fail(http.StatusBadRequest, "mentionedPeople can only be me or the caller's own id.")
	}
	return c.list(r, asked != "")
}

func listDirect(c *call) (any, error) {
	query := c.URL.Query()
	other := c.sim.somebody(query.Get("personId"), query.Get("personEmail"))
	if other == nil {
		return nil, fail(http.StatusNotFound, noSuchPerson)
	}
	if r := c.sim.between(c.who, other); r != nil {
		return c.list(r, false)
	}
	return nil, fail(http.StatusNotFound, "There is no direct space with that person.")
}

// list gives the messages of a space, newest first.
func (c *call) list(r *room, mentioned bool) (any, error) {
	query := c.URL.Query()
	before := time.Time{}
	if text := query.Get("before"); text != "" {
		var err error
		if before, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, fail(http.StatusBadRequest, "before isn't a date in ISO 8601.")
		}
	}
	if id := query.Get("beforeMessage"); id != "" {
		m, err := c.sim.message(id, c.who)
		if err != nil {
			return nil, err
		}
		before = m.created
	}
	parent, _ := c.sim.bareID("MESSAGE", query.Get("parentId"))
	items := []map[string]any{}
	for _, m := range slices.Backward(c.sim.messages) {
		switch {
		case m.room != r, !m.visible(c.who),
			!before.IsZero() && !m.created.Before(before),
			mentioned && !m.mentions(c.who),
			query.Has("parentId") && (m.parent == nil || m.parent.uuid != parent):
			continue
		}
		items = append(items, m.object(c.sim.base, false))
	}
	if query.Get("max") == "" {
		query.Set("max", "50")
		c.URL.RawQuery = query.Encode()
	}
	return page(c, items)
}
