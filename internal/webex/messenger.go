package webex

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// Messenger is the bot's ears and mouth: notices become events, replies become messages. It may
// be used by many at once.
type Messenger struct {
	client  *Client
	me      Person
	people  acquaintances[chat.Person] // by UUID
	rooms   acquaintances[chat.Room]   // by id
	foreign acquaintances[bool]        // by the id of a space
}

// NewMessenger returns the conversation of the bot me.
func NewMessenger(c *Client, me Person) *Messenger {
	return &Messenger{client: c, me: me}
}

// Fetch fetches what a notice is about, with one call unless its id is wrong. It returns nil for what
// the bot must not or need not answer: what it did itself, what other bots say, and what it doesn't know.
func (v *Messenger) Fetch(ctx context.Context, n chat.Event) (chat.Content, error) {
	fetch := map[string]func(context.Context, string) (chat.Content, error){
		"messages": v.message, "attachmentActions": v.action, "memberships": v.membership,
	}[n.Resource]
	if n.Action != "created" || fetch == nil || (n.Resource != "memberships" && SamePerson(n.Actor, v.me.ID)) {
		return nil, nil
	}
	ev, err := fetch(ctx, n.ID)
	if fault.Of(err) == fault.NotFound && n.Lookup != "" {
		// The id was made of what the socket told, which may be of another cluster than it looks.
		if id, missing := v.client.Lookup(ctx, n.Lookup); missing == nil && id != "" && id != n.ID {
			return fetch(ctx, id)
		}
	}
	return ev, err
}

func (v *Messenger) message(ctx context.Context, id string) (chat.Content, error) {
	m, err := v.client.Message(ctx, id)
	if err != nil {
		return nil, err
	}
	if SamePerson(m.PersonID, v.me.ID) || isBot(m.PersonEmail) {
		return nil, nil
	}
	direct := m.RoomType == "direct"
	text, mentioned := withoutMention(m, v.me)
	if !direct && !mentioned {
		return nil, nil
	}
	return chat.Message{
		ID: m.ID, Room: chat.Room{ID: m.RoomID, Direct: direct},
		Person: chat.Person{ID: m.PersonID, Email: m.PersonEmail},
		Text:   text, Thread: m.ParentID,
	}, nil
}

func (v *Messenger) action(ctx context.Context, id string) (chat.Content, error) {
	a, err := v.client.Action(ctx, id)
	if err != nil {
		return nil, err
	}
	if SamePerson(a.PersonID, v.me.ID) {
		return nil, nil
	}
	return chat.Submission{
		ID: a.ID, Room: chat.Room{ID: a.RoomID}, Person: chat.Person{ID: a.PersonID},
		Card: a.MessageID, Inputs: a.Inputs,
	}, nil
}

func (v *Messenger) membership(ctx context.Context, id string) (chat.Content, error) {
	m, err := v.client.Membership(ctx, id)
	if err != nil {
		return nil, err
	}
	if !SamePerson(m.PersonID, v.me.ID) {
		return nil, nil
	}
	return chat.Arrival{ID: m.ID, Room: chat.Room{ID: m.RoomID, Direct: m.RoomType == "direct"}}, nil
}

// isBot knows bots by the domains Webex gives them, so that two bots don't talk for ever.
func isBot(email string) bool {
	email = strings.ToLower(email)
	return strings.HasSuffix(email, "@webex.bot") || strings.HasSuffix(email, "@sparkbot.io")
}

// Send says r in a space and returns the message's id. Text that is too long is cut.
func (v *Messenger) Send(ctx context.Context, room string, r chat.Reply) (string, error) {
	id, err := v.send(ctx, room, r)
	var api *APIError
	if r.Thread != "" && errors.As(err, &api) && (api.Status == http.StatusBadRequest || api.Status == http.StatusNotFound) {
		// The thread's root may be gone, or what came with a press names no root at all. The answer
		// is worth more than its place; this isn't the same call again.
		r.Thread = ""
		return v.send(ctx, room, r)
	}
	return id, err
}

func (v *Messenger) send(ctx context.Context, room string, r chat.Reply) (string, error) {
	m := NewMessage{RoomID: room, ParentID: r.Thread, Markdown: clip(r.Text), Card: r.Card}
	if r.File != nil {
		sent, err := v.client.Upload(ctx, m, r.File.Name, r.File.Type, r.File.Write)
		return sent.ID, err
	}
	sent, err := v.client.CreateMessage(ctx, m)
	return sent.ID, err
}

// Remove takes back a message of the bot's own. One that is gone already is fine.
func (v *Messenger) Remove(ctx context.Context, id string) error {
	err := v.client.DeleteMessage(ctx, id)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	return err
}

// Edit replaces the text of a message of the bot's own that has no card.
func (v *Messenger) Edit(ctx context.Context, room, id, text string) error {
	_, err := v.client.EditMessage(ctx, id, room, clip(text))
	return err
}
