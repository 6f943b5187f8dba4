package webex

import (
	"encoding/json"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// ParseDelivery reads the body of a webhook's POST (Webex guide, Webhooks, "Handling requests"): ids
// only, never content. Unknown members are ignored. The error is a fault of kind Invalid.
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
		return chat.Event{}, &fault.Error{Kind: fault.Invalid, Message: "The body isn't a webhook delivery.", Cause: err}
	}
	if envelope.Resource == "" || envelope.Event == "" || envelope.Data.ID == "" {
		return chat.Event{}, &fault.Error{Kind: fault.Invalid, Message: "The delivery has no resource, event or data.id."}
	}
	return chat.Event{
		Resource: envelope.Resource, Action: envelope.Event, ID: envelope.Data.ID,
		Room: envelope.Data.RoomID, Actor: envelope.ActorID, At: time.Now(),
	}, nil
}
