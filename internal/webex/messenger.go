package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// Messenger fetches the content of events and sends replies. Safe for concurrent use.
type Messenger struct {
	client    *Client
	me        Person
	directory *Directory
}

// NewMessenger returns the messenger of the bot whose directory is d.
func NewMessenger(d *Directory) *Messenger {
	return &Messenger{client: d.client, me: d.me, directory: d}
}

// Fetch returns the content of an event, usually with one request. It returns nil for an event that the
// bot must not or need not handle: its own, those of other bots, and unknown ones.
func (m *Messenger) Fetch(ctx context.Context, n chat.Event) (chat.Content, error) {
	fetch := map[string]func(context.Context, string) (chat.Content, error){
		"messages": m.message, "attachmentActions": m.submission, "memberships": m.arrival,
	}[n.Resource]
	if n.Action != "created" || fetch == nil || (n.Resource != "memberships" && SamePerson(n.Actor, m.me.ID)) {
		return nil, nil
	}
	content, err := fetch(ctx, n.ID)
	if fault.Of(err) == fault.NotFound {
		if id := m.rightID(ctx, n); id != "" && id != n.ID {
			return fetch(ctx, id)
		}
	}
	return content, err
}

// rightID returns the id of an event that Webex doesn't find, or "". An id that was built from the socket's
// event may have the wrong cluster.
func (m *Messenger) rightID(ctx context.Context, n chat.Event) string {
	if n.Resource == "memberships" {
		for own, err := range m.client.OwnMemberships(ctx) {
			if err != nil {
				break
			}
			if UUID(own.ID) == UUID(n.ID) {
				return own.ID
			}
		}
		return ""
	}
	if n.Lookup == "" {
		return ""
	}
	id, err := m.client.Lookup(ctx, n.Lookup)
	if err != nil {
		return ""
	}
	return id
}

func (m *Messenger) message(ctx context.Context, id string) (chat.Content, error) {
	found, err := m.client.Message(ctx, id)
	if err != nil {
		return nil, err
	}
	if SamePerson(found.PersonID, m.me.ID) || isBot(found.PersonEmail) {
		return nil, nil
	}
	q := readQuestion(found, m.me)
	direct := found.RoomType == "direct"
	if found.RoomType == "" && !q.mentioned {
		room, err := m.directory.room(ctx, found.RoomID)
		if err != nil {
			return nil, fmt.Errorf("find out whether the space is a direct one: %w", err)
		}
		direct = room.Type == "direct"
	}
	if !direct && !q.mentioned {
		return nil, nil
	}
	for _, name := range m.names(ctx, otherMentions(found, m.me)) {
		q.text = removeName(q.text, name)
	}
	return chat.Message{
		ID: found.ID, Room: chat.Room{ID: found.RoomID, Direct: direct},
		Person: chat.Person{ID: found.PersonID, Email: found.PersonEmail},
		Text:   q.text, Thread: found.ParentID,
	}, nil
}

// names returns the names of people. Those that can't be looked up are left out.
func (m *Messenger) names(ctx context.Context, ids []string) (names []string) {
	for _, id := range ids {
		if p, err := m.directory.Person(ctx, id); err == nil {
			names = append(names, p.Name)
		}
	}
	return names
}

func (m *Messenger) submission(ctx context.Context, id string) (chat.Content, error) {
	a, err := m.client.Action(ctx, id)
	if err != nil {
		return nil, err
	}
	if SamePerson(a.PersonID, m.me.ID) {
		return nil, nil
	}
	return chat.Submission{
		ID: a.ID, Room: chat.Room{ID: a.RoomID}, Person: chat.Person{ID: a.PersonID},
		Card: a.MessageID, At: a.Created, Inputs: a.Inputs,
	}, nil
}

func (m *Messenger) arrival(ctx context.Context, id string) (chat.Content, error) {
	found, err := m.client.Membership(ctx, id)
	if err != nil {
		return nil, err
	}
	if !SamePerson(found.PersonID, m.me.ID) {
		return nil, nil
	}
	return chat.Arrival{ID: found.ID, Room: chat.Room{ID: found.RoomID, Direct: found.RoomType == "direct"}}, nil
}

// isBot reports whether an email address is in one of the domains of Webex bots. Bots must not answer
// each other.
func isBot(email string) bool {
	email = strings.ToLower(email)
	return strings.HasSuffix(email, "@webex.bot") || strings.HasSuffix(email, "@sparkbot.io")
}

// Send sends a reply to a space and returns the message's id. Long text is truncated.
//
// A temporary error (fault.Temporary) may pass. Any other error is final for this reply in this form:
// a card or a file that Webex refuses, or a space the bot may not write in. The caller decides what
// simpler form to send instead; after a refused text only SendDirect is left.
func (m *Messenger) Send(ctx context.Context, room string, r chat.Reply) (string, error) {
	to := NewMessage{RoomID: room, ParentID: r.Thread}
	id, err := m.send(ctx, to, r)
	if status := statusOf(err); r.Thread != "" && (status == http.StatusBadRequest || status == http.StatusNotFound) {
		// The root of the thread was deleted, or the id in a pressed button isn't a root.
		to.ParentID = ""
		id, err = m.send(ctx, to, r)
	}
	switch statusOf(err) {
	case http.StatusForbidden:
		return "", m.explain(ctx, room, err)
	case http.StatusNotFound:
		return "", &fault.Error{Kind: fault.NotFound, Message: "The space no longer exists, or the bot isn't in it any more.", Cause: err}
	}
	return id, err
}

// statusOf returns the status of Webex's refusal, or 0 for another error.
func statusOf(err error) int {
	var api *APIError
	if errors.As(err, &api) {
		return api.Status
	}
	return 0
}

// SendDirect sends a reply to a person, in their direct space with the bot, and returns the message's
// id. Errors are those of Send. The thread of r is ignored, since it is in another space.
func (m *Messenger) SendDirect(ctx context.Context, person string, r chat.Reply) (string, error) {
	return m.send(ctx, NewMessage{PersonID: person}, r)
}

func (m *Messenger) send(ctx context.Context, to NewMessage, r chat.Reply) (string, error) {
	to.Markdown, to.Card = clip(r.Text), r.Card
	if r.File != nil {
		sent, err := m.client.Upload(ctx, to, r.File.Name, r.File.Type, r.File.Write)
		return sent.ID, err
	}
	sent, err := m.client.CreateMessage(ctx, to)
	return sent.ID, err
}

// explain returns the fault for a space in which the bot may not write, as far as Webex tells why.
func (m *Messenger) explain(ctx context.Context, id string, refusal error) error {
	room, err := m.directory.room(ctx, id)
	e := &fault.Error{Kind: fault.Denied, Cause: refusal}
	switch {
	case err != nil:
		return refusal
	case room.IsReadOnly:
		e.Message, e.Hint = fmt.Sprintf("The space %q is read-only.", room.Title), "Write to the bot in a direct space."
	case room.IsAnnouncementOnly:
		e.Message = fmt.Sprintf("The space %q is for announcements: only moderators may write in it.", room.Title)
		e.Hint = "Make the bot a moderator of the space, or write to it in a direct space."
	case room.IsLocked:
		e.Message = fmt.Sprintf("Webex refused to let the bot write in the moderated space %q.", room.Title)
		e.Hint = "Make the bot a moderator of the space, or write to it in a direct space."
	default:
		return refusal
	}
	return e
}

// Check makes a call that succeeds whenever Webex works and accepts the token.
func (m *Messenger) Check(ctx context.Context) error {
	_, err := m.client.Me(ctx)
	return err
}

// Remove deletes a message of the bot's own. It is no error if it no longer exists.
func (m *Messenger) Remove(ctx context.Context, id string) error {
	err := m.client.DeleteMessage(ctx, id)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	return err
}

// Edit replaces the text of a message of the bot's own. The message must not have a card.
func (m *Messenger) Edit(ctx context.Context, room, id, text string) error {
	_, err := m.client.EditMessage(ctx, id, room, clip(text))
	return err
}
