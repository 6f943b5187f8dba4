package webexsim

import (
	"encoding/json"
	"strings"

	"github.com/google/uuid"
)

// createAction accepts any inputs: Webex doesn't validate them, so the receiver must.
func createAction(c *call) (any, error) {
	var in struct {
		Type      string          `json:"type"`
		MessageID string          `json:"messageId"`
		Inputs    json.RawMessage `json:"inputs"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var object map[string]any
	if in.Type != "submit" || json.Unmarshal(in.Inputs, &object) != nil || object == nil {
		return nil, badRequest("An attachment action needs type submit, a messageId and inputs.")
	}
	m, err := c.sim.message(in.MessageID, c.who)
	switch {
	case err != nil:
		return nil, err
	case len(m.cards) == 0:
		return nil, badRequest(`Unable to post attachment action: "MessageId should point to an activity with cards"`)
	case m.author == c.who:
		return nil, badRequest(`Unable to post attachment action: "Author of a card cannot submit a cardAction on that card"`)
	}
	a := &action{uuid: uuid.NewString(), message: m, inputs: in.Inputs, person: c.who, created: c.sim.tick()}
	c.who.active = a.created
	a.id = c.sim.publicID("ATTACHMENT_ACTION", a.uuid)
	c.sim.actions[a.id] = a
	c.sim.record(Entry{At: a.created, Kind: "action", RoomID: m.room.id, Data: a.object(false)})
	c.sim.emit(event{resource: "attachmentActions", name: "created", actor: c.who, room: m.room, action: a, only: m.author, data: a.object(true)})
	return a.object(false), nil
}

func getAction(c *call) (any, error) {
	a := c.sim.actions[strings.TrimRight(c.PathValue("id"), "=")]
	if a == nil || a.message.room.member(c.who) == nil {
		return nil, notFound()
	}
	return a.object(false), nil
}
