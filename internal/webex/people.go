package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"overwatch/internal/fault"
)

// Person is somebody, or a bot.
type Person struct {
	ID          string   `json:"id"`
	Emails      []string `json:"emails"`
	DisplayName string   `json:"displayName"`
	NickName    string   `json:"nickName"`
	FirstName   string   `json:"firstName"`
	LastName    string   `json:"lastName"`
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

// Me returns whom the token belongs to: GET /people/me. It is never a person without an id: a bot
// that doesn't know itself would answer itself.
func (c *Client) Me(ctx context.Context) (Person, error) {
	p, err := call[Person](ctx, c, http.MethodGet, "people/me", nil)
	if err == nil && p.ID == "" {
		return Person{}, &fault.Error{Kind: fault.Unavailable, Message: "Webex didn't say who the bot is.", Hint: "Check the API's address, and what stands between this machine and Webex."}
	}
	return p, err
}

// Person returns one person: GET /people/{id}.
func (c *Client) Person(ctx context.Context, id string) (Person, error) {
	return call[Person](ctx, c, http.MethodGet, "people/"+url.PathEscape(id), nil)
}

// People yields the people of those ids: GET /people?id=.
func (c *Client) People(ctx context.Context, ids ...string) iter.Seq2[Person, error] {
	return list[Person](ctx, c, "people", url.Values{"id": {strings.Join(ids, ",")}})
}
