package webexsim

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
)

func createMessage(c *call) (any, error) {
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	if len(d.Files) == 1 {
		if d.upload, err = c.retrieve(d.Files[0]); err != nil {
			return nil, err
		}
	}
	r, err := c.target(d)
	if err != nil {
		return nil, err
	}
	if r.announcements && !r.moderates(c.who) {
		return nil, notModerator()
	}
	m := &message{uuid: uuid.NewString(), room: r, author: c.who}
	m.id = c.sim.publicID("MESSAGE", m.uuid)
	if d.ParentID != "" {
		if m.parent, err = c.sim.thread(d.ParentID, r); err != nil {
			return nil, err
		}
	}
	var notes []string
	for _, a := range d.Attachments {
		m.cards = append(m.cards, a.Content)
		notes = append(notes, cardNotes(a.Content)...)
	}
	if d.upload != nil {
		d.upload.message = m
		c.sim.files[d.upload.id] = d.upload
		m.files = []*file{d.upload}
	}
	c.sim.setText(m, d.Text, d.Markdown, d.HTML)
	m.created = c.sim.tick()
	r.active, c.who.active = m.created, m.created
	for _, member := range r.members {
		member.hidden = false // a new message shows a hidden space again
	}
	c.sim.messages = append(c.sim.messages, m)
	c.sim.record(Entry{At: m.created, Kind: "message", RoomID: r.id, Data: m.object(c.sim.base, false), Notes: notes})
	c.sim.emit(event{resource: "messages", name: "created", actor: c.who, room: r, message: m, data: m.object(c.sim.base, true)})
	return m.object(c.sim.base, false), nil
}

func editMessage(c *call) (any, error) {
	var in struct{ RoomID, Text, Markdown, HTML string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, err := c.sim.message(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	room, _ := c.sim.bareID("ROOM", in.RoomID)
	switch {
	case m.author != c.who:
		return nil, fail(http.StatusForbidden, "Only the author can edit a message.")
	case room != m.room.uuid:
		return nil, badRequest("roomId isn't that of the message.")
	case len(m.cards) > 0 || len(m.files) > 0:
		return nil, badRequest("Editing messages with attachments or files is unsupported.")
	case m.edits == maxEdits:
		return nil, badRequest("A message can be edited %d times.", maxEdits)
	case in.Text == "" && in.Markdown == "" && in.HTML == "", len(in.Text) > maxText, len(in.Markdown) > maxText:
		return nil, badRequest("Message length limited to 1 to %d bytes.", maxText)
	}
	m.edits++
	m.updated = c.sim.tick()
	c.sim.setText(m, in.Text, in.Markdown, in.HTML)
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
	for _, f := range m.files {
		delete(c.sim.files, f.id)
	}
	c.sim.record(Entry{At: c.sim.tick(), Kind: "message-deleted", RoomID: m.room.id, Data: m.object(c.sim.base, true)})
	c.sim.emit(event{resource: "messages", name: "deleted", actor: c.who, room: m.room, message: m, data: m.object(c.sim.base, true)})
	return nil, nil
}
