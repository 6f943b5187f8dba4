package webexsim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

type action struct {
	uuid    string
	id      string
	message *message
	inputs  json.RawMessage
	person  *Person
	created time.Time
}

// object is the action as the API gives it; brief is as webhooks have it, without the inputs.
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

// createAction takes any inputs, with the JSON types they have: Webex checks and converts nothing, so
// whoever listens must.
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
		return nil, fail(http.StatusBadRequest, "An attachment action needs type submit, a messageId and inputs.")
	}
	m, err := c.sim.message(in.MessageID, c.who)
	switch {
	case err != nil:
		return nil, err
	case len(m.cards) == 0:
		return nil, fail(http.StatusBadRequest, `Unable to post attachment action: "MessageId should point to an activity with cards"`)
	case m.author == c.who:
		return nil, fail(http.StatusBadRequest, `Unable to post attachment action: "Author of a card cannot submit a cardAction on that card"`)
	}
	a := &action{uuid: uuid.NewString(), message: m, inputs: in.Inputs, person: c.who, created: c.sim.tick()}
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
