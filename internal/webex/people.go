package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// Person is somebody, or a bot.
type Person struct {
	ID          string   `json:"id"`
	Emails      []string `json:"emails"`
	DisplayName string   `json:"displayName"`
	OrgID       string   `json:"orgId"`
	Type        string   `json:"type"` // person, bot or appuser
}

// Email returns the first address, or nothing.
func (p Person) Email() string {
	if len(p.Emails) == 0 {
		return ""
	}
	return p.Emails[0]
}

// Me returns whom the token belongs to: GET /people/me.
func (c *Client) Me(ctx context.Context) (p Person, err error) {
	return p, c.call(ctx, http.MethodGet, "people/me", nil, nil, &p)
}

// Person returns one person: GET /people/{id}.
func (c *Client) Person(ctx context.Context, id string) (p Person, err error) {
	return p, c.call(ctx, http.MethodGet, "people/"+url.PathEscape(id), nil, nil, &p)
}

// People yields the people of those ids: GET /people?id=.
func (c *Client) People(ctx context.Context, ids ...string) iter.Seq2[Person, error] {
	return list[Person](ctx, c, "people", url.Values{"id": {strings.Join(ids, ",")}})
}
