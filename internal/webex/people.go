package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"overwatch/internal/fault"
)

// Person is a person or a bot.
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

// Email returns the first email address, or "".
func (p Person) Email() string {
	if len(p.Emails) == 0 {
		return ""
	}
	return p.Emails[0]
}

// Me returns the owner of the token: GET /people/me. A response without an id is an error, since the
// bot needs its own id to ignore its own messages.
func (c *Client) Me(ctx context.Context) (Person, error) {
	p, err := call[Person](ctx, c, http.MethodGet, "people/me", nil)
	if err == nil && p.ID == "" {
		return Person{}, &fault.Error{Kind: fault.Unavailable, Message: "Webex didn't return the bot's id.", Hint: "Check --webex-api-url, and for a proxy that changes responses."}
	}
	return p, err
}

// Person returns one person: GET /people/{id}.
func (c *Client) Person(ctx context.Context, id string) (Person, error) {
	return call[Person](ctx, c, http.MethodGet, "people/"+url.PathEscape(id), nil)
}

// People yields the people with these ids: GET /people?id=.
func (c *Client) People(ctx context.Context, ids ...string) iter.Seq2[Person, error] {
	return list[Person](ctx, c, "people", url.Values{"id": {strings.Join(ids, ",")}})
}
