package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Membership is one member of one space.
type Membership struct {
	ID                string    `json:"id"`
	RoomID            string    `json:"roomId"`
	RoomType          string    `json:"roomType"` // direct or group
	PersonID          string    `json:"personId"`
	PersonEmail       string    `json:"personEmail"`
	PersonDisplayName string    `json:"personDisplayName"`
	PersonOrgID       string    `json:"personOrgId"`
	IsModerator       bool      `json:"isModerator"`
	Created           time.Time `json:"created"`
}

// Memberships yields the members of a space: GET /memberships?roomId=.
func (c *Client) Memberships(ctx context.Context, room string) iter.Seq2[Membership, error] {
	return list[Membership](ctx, c, "memberships", url.Values{"roomId": {room}})
}

// OwnMemberships yields the bot's memberships, one for each space it is in: GET /memberships.
func (c *Client) OwnMemberships(ctx context.Context) iter.Seq2[Membership, error] {
	return list[Membership](ctx, c, "memberships", nil)
}

// Membership returns one membership: GET /memberships/{id}.
func (c *Client) Membership(ctx context.Context, id string) (Membership, error) {
	return call[Membership](ctx, c, http.MethodGet, "memberships/"+url.PathEscape(id), nil)
}

// CreateMembership adds a person to a space by email: POST /memberships.
func (c *Client) CreateMembership(ctx context.Context, room, email string) (Membership, error) {
	return call[Membership](ctx, c, http.MethodPost, "memberships", map[string]string{"roomId": room, "personEmail": email})
}

// DeleteMembership removes a member from a space: DELETE /memberships/{id}.
func (c *Client) DeleteMembership(ctx context.Context, id string) error {
	return c.exchange(ctx, http.MethodDelete, "memberships/"+url.PathEscape(id), nil, nil)
}
