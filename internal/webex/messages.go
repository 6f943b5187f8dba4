package webex

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"overwatch/internal/fault"
)

// MaxTextBytes is how long text and Markdown may be, in bytes (API reference, POST /messages).
const MaxTextBytes = 7439

const cardType = "application/vnd.microsoft.card.adaptive"

// Message is something said in a space.
type Message struct {
	ID              string       `json:"id"`
	ParentID        string       `json:"parentId"` // the thread's root; empty when this starts its own
	RoomID          string       `json:"roomId"`
	RoomType        string       `json:"roomType"` // direct or group
	Text            string       `json:"text"`
	Markdown        string       `json:"markdown"`
	HTML            string       `json:"html"`
	Files           []string     `json:"files"` // addresses that need the token
	PersonID        string       `json:"personId"`
	PersonEmail     string       `json:"personEmail"`
	MentionedPeople []string     `json:"mentionedPeople"`
	MentionedGroups []string     `json:"mentionedGroups"` // all, or nothing
	Attachments     []Attachment `json:"attachments"`
	Created         time.Time    `json:"created"`
	Updated         time.Time    `json:"updated"` // zero unless it was edited
}

// Attachment is a card.
type Attachment struct {
	ContentType string          `json:"contentType"`
	Content     json.RawMessage `json:"content"`
}

// NewMessage is a message to send to exactly one of RoomID, PersonID and PersonEmail.
type NewMessage struct {
	RoomID      string
	PersonID    string
	PersonEmail string
	ParentID    string // the root of a thread; empty for a message of its own
	Markdown    string
	Card        json.RawMessage // at most one; Markdown stands for it where cards aren't drawn
}

type messageBody struct {
	RoomID      string `json:"roomId,omitempty"`
	PersonID    string `json:"toPersonId,omitempty"`
	PersonEmail string `json:"toPersonEmail,omitempty"`
	ParentID    string `json:"parentId,omitempty"`
	Markdown    string `json:"markdown,omitempty"`
}

func (m NewMessage) body() (messageBody, error) {
	b := messageBody{RoomID: m.RoomID, PersonID: m.PersonID, PersonEmail: m.PersonEmail, ParentID: m.ParentID, Markdown: m.Markdown}
	targets := 0
	for _, t := range []string{m.RoomID, m.PersonID, m.PersonEmail} {
		if t != "" {
			targets++
		}
	}
	switch {
	case targets != 1:
		return b, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("A message goes to one of a room, a person and an email, not to %d of them.", targets)}
	case len(m.Markdown) > MaxTextBytes:
		return b, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("The message has %d bytes; Webex takes %d.", len(m.Markdown), MaxTextBytes)}
	case m.Markdown == "":
		return b, &fault.Error{Kind: fault.Invalid, Message: "The message has no text."}
	}
	if m.Card != nil && (!bytes.HasPrefix(m.Card, []byte("{")) || !jsontext.Value(m.Card).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))) {
		return b, &fault.Error{Kind: fault.Invalid, Message: "The card isn't one JSON object."}
	}
	return b, nil
}

// encode returns the message as it is sent. The card goes as it stands: encoding/json would read through
// it once more.
func (m NewMessage) encode() ([]byte, error) {
	body, err := m.body()
	if err != nil {
		return nil, err
	}
	const around = 512 // ids and names of members
	text := bytes.NewBuffer(make([]byte, 0, len(m.Markdown)+len(m.Card)+around))
	if err := encode(text, body); err != nil || m.Card == nil {
		return text.Bytes(), err
	}
	text.Truncate(text.Len() - len("}"))
	text.WriteString(`,"attachments":[{"contentType":"` + cardType + `","content":`)
	text.Write(m.Card)
	text.WriteString("}]}")
	return text.Bytes(), nil
}

// CreateMessage sends a message: POST /messages. One that Webex is sure to refuse is a fault of kind
// Invalid without a call.
func (c *Client) CreateMessage(ctx context.Context, m NewMessage) (Message, error) {
	text, err := m.encode()
	if err != nil {
		return Message{}, err
	}
	var sent Message
	_, err = c.do(ctx, http.MethodPost, c.base.JoinPath("messages"), "application/json", bytes.NewReader(text), &sent)
	return sent, err
}

// Upload sends a message with a file, which write writes while it is sent: POST /messages with
// multipart/form-data (API reference, "Message Attachments"). The file is never whole in memory. A
// file stands beside text, never beside a card. An error of write comes back as it is.
func (c *Client) Upload(ctx context.Context, m NewMessage, name, mediaType string, write func(context.Context, io.Writer) error) (sent Message, err error) {
	body, err := m.body()
	if err != nil {
		return sent, err
	}
	if m.Card != nil {
		return sent, &fault.Error{Kind: fault.Invalid, Message: "A file can't be sent together with a card.", Hint: "Send two messages."}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read, out := io.Pipe()
	form := multipart.NewWriter(out)
	written := make(chan struct{})
	go func() {
		defer close(written)
		out.CloseWithError(writeForm(ctx, form, body, name, mediaType, write))
	}()
	_, err = c.do(ctx, http.MethodPost, c.base.JoinPath("messages"), form.FormDataContentType(), read, &sent)
	cancel()
	read.CloseWithError(io.ErrClosedPipe) // in case Webex answered before it had read everything
	<-written
	return sent, err
}

func writeForm(ctx context.Context, form *multipart.Writer, m messageBody, name, mediaType string, write func(context.Context, io.Writer) error) error {
	for _, f := range []struct{ name, value string }{
		{"roomId", m.RoomID},
		{"toPersonId", m.PersonID},
		{"toPersonEmail", m.PersonEmail},
		{"parentId", m.ParentID},
		{"markdown", m.Markdown},
	} {
		if f.value == "" {
			continue
		}
		if err := form.WriteField(f.name, f.value); err != nil {
			return err
		}
	}
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("files", name)},
		"Content-Type":        {cmp.Or(mediaType, "application/octet-stream")},
	})
	if err != nil {
		return err
	}
	if err := write(ctx, part); err != nil {
		return unwritten{err}
	}
	return form.Close()
}

// Message returns one message: GET /messages/{id}.
func (c *Client) Message(ctx context.Context, id string) (Message, error) {
	return call[Message](ctx, c, http.MethodGet, "messages/"+url.PathEscape(id), nil)
}

// Messages yields the messages of a space, newest first: GET /messages?roomId=. In a group space a
// bot sees only those that mention it, and has to say so with mentioned.
func (c *Client) Messages(ctx context.Context, room string, mentioned bool) iter.Seq2[Message, error] {
	query := url.Values{"roomId": {room}}
	if mentioned {
		query.Set("mentionedPeople", "me")
	}
	return list[Message](ctx, c, "messages", query)
}

// DirectMessages yields the messages of the direct space with a person, newest first:
// GET /messages/direct?personId=.
func (c *Client) DirectMessages(ctx context.Context, person string) iter.Seq2[Message, error] {
	return list[Message](ctx, c, "messages/direct", url.Values{"personId": {person}})
}

// EditMessage replaces the Markdown of a message of one's own: PUT /messages/{id}. It works ten times
// a message, and never on one with a card or a file.
func (c *Client) EditMessage(ctx context.Context, id, room, markdown string) (Message, error) {
	return call[Message](ctx, c, http.MethodPut, "messages/"+url.PathEscape(id), map[string]string{"roomId": room, "markdown": markdown})
}

// DeleteMessage removes a message of one's own: DELETE /messages/{id}.
func (c *Client) DeleteMessage(ctx context.Context, id string) error {
	return c.exchange(ctx, http.MethodDelete, "messages/"+url.PathEscape(id), nil, nil)
}
