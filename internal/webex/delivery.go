package webex

import (
	"encoding/json"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// ParseDelivery reads what a webhook delivers (Webex guide, Webhooks, "Handling requests"): which
// resource it is about, never its content. Members it doesn't know make no difference. The error is
// a fault of kind Invalid.
func ParseDelivery(body []byte) (chat.Event, error) {
	var envelope struct {
		Resource string `json:"resource"`
		Event    string `json:"event"`
		ActorID  string `json:"actorId"`
		Data     struct {
			ID     string `json:"id"`
			RoomID string `json:"roomId"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return chat.Event{}, &fault.Error{Kind: fault.Invalid, Message: "The delivery isn't the JSON of a webhook.", Cause: err}
	}
	if envelope.Resource == "" || envelope.Event == "" || envelope.Data.ID == "" {
		return chat.Event{}, &fault.Error{Kind: fault.Invalid, Message: "The delivery lacks its resource, its event or the id of its data."}
	}
	return chat.Event{
		Resource: envelope.Resource, Action: envelope.Event, ID: envelope.Data.ID,
		Room: envelope.Data.RoomID, Actor: envelope.ActorID, At: time.Now(),
	}, nil
}
