package webex

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Action is a pressed button of a card.
type Action struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"` // submit
	MessageID string         `json:"messageId"`
	Inputs    map[string]any `json:"inputs"` // not verified: any member of the space can post any values
	PersonID  string         `json:"personId"`
	RoomID    string         `json:"roomId"`
	Created   time.Time      `json:"created"`
}

// Action returns one attachment action: GET /attachment/actions/{id}.
func (c *Client) Action(ctx context.Context, id string) (Action, error) {
	return call[Action](ctx, c, http.MethodGet, "attachment/actions/"+url.PathEscape(id), nil)
}

// CreateAction presses a button: POST /attachment/actions. A bot can't press its own cards.
func (c *Client) CreateAction(ctx context.Context, message string, inputs map[string]any) (Action, error) {
	return call[Action](ctx, c, http.MethodPost, "attachment/actions", map[string]any{
		"type": "submit", "messageId": message, "inputs": inputs,
	})
}
