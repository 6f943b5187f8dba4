package webexsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

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
	r, err := c.target(d)
	if err != nil {
		return nil, err
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
		notes = append(notes, remarks(a.Content)...)
	}
	if d.upload != nil {
		d.upload.message = m
		c.sim.files[d.upload.id] = d.upload
		m.files = []*file{d.upload}
	}
	c.sim.say(m, d.Text, d.Markdown)
	m.created = c.sim.tick()
	r.active = m.created
	c.sim.messages = append(c.sim.messages, m)
	c.sim.record(Entry{At: m.created, Kind: "message", RoomID: r.id, Data: m.object(c.sim.base, false), Notes: notes})
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
	room, _ := c.sim.bareID("ROOM", in.RoomID)
	switch {
	case m.author != c.who:
		return nil, fail(http.StatusForbidden, "Only the author can edit a message.")
	case room != m.room.uuid:
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
	for _, f := range m.files {
		delete(c.sim.files, f.id)
	}
	c.sim.record(Entry{At: c.sim.tick(), Kind: "message-deleted", RoomID: m.room.id, Data: m.object(c.sim.base, true)})
	c.sim.emit(event{resource: "messages", name: "deleted", actor: c.who, room: m.room, message: m, data: m.object(c.sim.base, true)})
	return nil, nil
}

func getContents(c *call) (any, error) {
	f := c.sim.files[strings.TrimRight(c.PathValue("id"), "=")]
	if f == nil || !f.message.visible(c.who) {
		return nil, notFound()
	}
	return raw{http.Header{
		"Content-Type":        {f.kind},
		"Content-Disposition": {fmt.Sprintf("attachment; filename=%q", strings.ReplaceAll(f.name, `"`, ""))},
	}, f.data}, nil
}
