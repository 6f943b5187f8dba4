package webexsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
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
	room           *room
	data           []byte
}

// maxText is how long text and Markdown may be, in bytes; maxEdits how often a message is edited.
const (
	maxText  = 7439
	maxEdits = 10
)

const cardType = "application/vnd.microsoft.card.adaptive"

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
	bare, ok := bareID("MESSAGE", id)
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

func getMessage(c *call) (any, error) {
	m, err := c.sim.message(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return m.object(c.sim.base, false), nil
}

func listMessages(c *call) (any, error) {
	query := c.URL.Query()
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
	other := c.sim.person(query.Get("personId"))
	if other == nil {
		other = c.sim.personByEmail(query.Get("personEmail"))
	}
	if other == nil {
		return nil, fail(http.StatusNotFound, "Failed to find the person.")
	}
	for _, r := range c.sim.rooms {
		if r.direct && r.member(c.who) != nil && r.member(other) != nil {
			return c.list(r, false)
		}
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
	parent, _ := bareID("MESSAGE", query.Get("parentId"))
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

// draft is a message as it is posted.
type draft struct {
	RoomID        string       `json:"roomId"`
	ToPersonID    string       `json:"toPersonId"`
	ToPersonEmail string       `json:"toPersonEmail"`
	ParentID      string       `json:"parentId"`
	Text          string       `json:"text"`
	Markdown      string       `json:"markdown"`
	Files         []string     `json:"files"`
	Attachments   []attachment `json:"attachments"`

	upload *file
}

type attachment struct {
	ContentType string          `json:"contentType"`
	Content     json.RawMessage `json:"content"`
}

func (c *call) draft() (draft, error) {
	var d draft
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return d, c.decode(&d)
	}
	form := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err == io.EOF { //nolint:errorlint // as multipart documents it
			return d, nil
		} else if err != nil {
			return d, fail(http.StatusBadRequest, "The form can't be read: %v", err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return d, fail(http.StatusBadRequest, "The form can't be read: %v", err)
		}
		into := map[string]*string{
			"roomId": &d.RoomID, "toPersonId": &d.ToPersonID, "toPersonEmail": &d.ToPersonEmail,
			"parentId": &d.ParentID, "text": &d.Text, "markdown": &d.Markdown,
		}[part.FormName()]
		switch {
		case into != nil:
			*into = string(data)
		case part.FormName() == "files" && d.upload == nil:
			d.upload = &file{id: publicID("CONTENT", uuid.NewString()+"/0"), name: part.FileName(), kind: part.Header.Get("Content-Type"), data: data}
		case part.FormName() == "files":
			return d, fail(http.StatusBadRequest, "Only one file is currently supported.")
		}
	}
}

// check refuses what Webex refuses.
func (d draft) check() error {
	targets := 0
	for _, t := range []string{d.RoomID, d.ToPersonID, d.ToPersonEmail} {
		if t != "" {
			targets++
		}
	}
	switch {
	case targets != 1:
		return fail(http.StatusBadRequest, "Specify exactly one of roomId, toPersonId and toPersonEmail.")
	case len(d.Text) > maxText || len(d.Markdown) > maxText:
		return fail(http.StatusBadRequest, "Message length limited to %d bytes.", maxText)
	case len(d.Attachments) > 1:
		return fail(http.StatusBadRequest, "Only one card is currently supported.")
	case len(d.Files) > 1:
		return fail(http.StatusBadRequest, "Only one file is currently supported.")
	case len(d.Files) == 1:
		return fail(http.StatusBadRequest, "Unable to retrieve content.") // the simulation has no Internet
	case d.Text == "" && d.Markdown == "" && d.upload == nil:
		return fail(http.StatusBadRequest, "Message has no text, markdown or file.")
	}
	for _, a := range d.Attachments {
		if a.ContentType != cardType {
			return fail(http.StatusBadRequest, "Unsupported attachment content type.")
		}
		if err := checkCard(a.Content); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) target(d draft) (*room, error) {
	if d.RoomID != "" {
		return c.sim.room(d.RoomID, c.who)
	}
	p := c.sim.person(d.ToPersonID)
	if p == nil {
		p = c.sim.personByEmail(d.ToPersonEmail)
	}
	if p == nil || p == c.who {
		return nil, fail(http.StatusNotFound, "Failed to find the person.")
	}
	return c.sim.direct(c.who, p), nil
}

func createMessage(c *call) (any, error) {
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	r, err := c.target(d)
	if err != nil {
		return nil, err
	}
	m := &message{uuid: uuid.NewString(), room: r, author: c.who}
	m.id = publicID("MESSAGE", m.uuid)
	if d.ParentID != "" {
		parent, err := c.sim.message(d.ParentID, c.who)
		if err != nil || parent.room != r {
			return nil, fail(http.StatusNotFound, "Could not find the parent message.")
		}
		if parent.parent != nil {
			parent = parent.parent // a reply to a reply stands in the same thread
		}
		m.parent = parent
	}
	for _, a := range d.Attachments {
		m.cards = append(m.cards, a.Content)
	}
	if d.upload != nil {
		d.upload.room = r
		c.sim.files[d.upload.id] = d.upload
		m.files = []*file{d.upload}
	}
	c.sim.say(m, d.Text, d.Markdown)
	m.created = c.sim.tick()
	r.active = m.created
	c.sim.messages = append(c.sim.messages, m)
	c.sim.record(Entry{At: m.created, Kind: "message", RoomID: r.id, Data: m.object(c.sim.base, false)})
	c.sim.emit(event{resource: "messages", name: "created", actor: c.who, room: r, message: m, data: m.object(c.sim.base, true)})
	return m.object(c.sim.base, false), nil
}

func editMessage(c *call) (any, error) {
	var in struct{ RoomID, Text, Markdown string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, err := c.sim.message(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	switch {
	case m.author != c.who:
		return nil, fail(http.StatusForbidden, "Only the author can edit a message.")
	case in.RoomID != m.room.id:
		return nil, fail(http.StatusBadRequest, "roomId isn't that of the message.")
	case len(m.cards) > 0 || len(m.files) > 0:
		return nil, fail(http.StatusBadRequest, "Editing messages with attachments or files is unsupported.")
	case m.edits == maxEdits:
		return nil, fail(http.StatusBadRequest, "A message can be edited %d times.", maxEdits)
	case in.Text == "" && in.Markdown == "", len(in.Text) > maxText, len(in.Markdown) > maxText:
		return nil, fail(http.StatusBadRequest, "Message length limited to 1 to %d bytes.", maxText)
	}
	m.edits++
	m.updated = c.sim.tick()
	c.sim.say(m, in.Text, in.Markdown)
	c.sim.record(Entry{At: m.updated, Kind: "message-edited", RoomID: m.room.id, Data: m.object(c.sim.base, false)})
	c.sim.emit(event{resource: "messages", name: "updated", actor: c.who, room: m.room, message: m, data: m.object(c.sim.base, true)})
	return m.object(c.sim.base, false), nil
}

func deleteMessage(c *call) (any, error) {
	m, err := c.sim.message(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	if m.author != c.who {
		return nil, fail(http.StatusForbidden, "Only the author can delete a message.")
	}
	c.sim.messages = slices.DeleteFunc(c.sim.messages, func(x *message) bool { return x == m })
	c.sim.record(Entry{At: c.sim.tick(), Kind: "message-deleted", RoomID: m.room.id, Data: m.object(c.sim.base, true)})
	c.sim.emit(event{resource: "messages", name: "deleted", actor: c.who, room: m.room, message: m, data: m.object(c.sim.base, true)})
	return nil, nil
}

func getContents(c *call) (any, error) {
	f := c.sim.files[c.PathValue("id")]
	if f == nil || f.room.member(c.who) == nil {
		return nil, notFound()
	}
	return raw{http.Header{
		"Content-Type":        {f.kind},
		"Content-Disposition": {fmt.Sprintf("attachment; filename=%q", strings.ReplaceAll(f.name, `"`, ""))},
	}, f.data}, nil
}
