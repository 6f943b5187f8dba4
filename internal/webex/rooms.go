package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Room is a space.
type Room struct {
	ID                 string    `json:"id"`
	Title              string    `json:"title"`
	Type               string    `json:"type"`               // direct or group
	IsLocked           bool      `json:"isLocked"`           // moderated
	IsAnnouncementOnly bool      `json:"isAnnouncementOnly"` // only moderators may write
	IsReadOnly         bool      `json:"isReadOnly"`         // nobody may write
	TeamID             string    `json:"teamId"`
	CreatorID          string    `json:"creatorId"`
	LastActivity       time.Time `json:"lastActivity"`
	Created            time.Time `json:"created"`
}

// Rooms yields the spaces the bot is in, most recently active first: GET /rooms.
func (c *Client) Rooms(ctx context.Context) iter.Seq2[Room, error] {
	return list[Room](ctx, c, "rooms", url.Values{"sortBy": {"lastactivity"}})
}

// Room returns one space: GET /rooms/{id}.
func (c *Client) Room(ctx context.Context, id string) (Room, error) {
	return call[Room](ctx, c, http.MethodGet, "rooms/"+url.PathEscape(id), nil)
}

// CreateRoom makes a group space: POST /rooms.
func (c *Client) CreateRoom(ctx context.Context, title string) (Room, error) {
	return call[Room](ctx, c, http.MethodPost, "rooms", map[string]string{"title": title})
}

// DeleteRoom removes a space: DELETE /rooms/{id}.
func (c *Client) DeleteRoom(ctx context.Context, id string) error {
	return c.exchange(ctx, http.MethodDelete, "rooms/"+url.PathEscape(id), nil, nil)
}
