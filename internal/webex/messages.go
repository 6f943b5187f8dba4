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

// MaxTextBytes is the limit of text and of Markdown, in bytes (API reference, POST /messages).
const MaxTextBytes = 7439

const cardType = "application/vnd.microsoft.card.adaptive"

// Message is a message in a space.
type Message struct {
	ID              string       `json:"id"`
	ParentID        string       `json:"parentId"` // the root of its thread; empty if it is one itself
	RoomID          string       `json:"roomId"`
	RoomType        string       `json:"roomType"` // direct or group
	Text            string       `json:"text"`
	Markdown        string       `json:"markdown"`
	HTML            string       `json:"html"`
	Files           []string     `json:"files"` // URLs; requests need the token
	PersonID        string       `json:"personId"`
	PersonEmail     string       `json:"personEmail"`
	MentionedPeople []string     `json:"mentionedPeople"`
	MentionedGroups []string     `json:"mentionedGroups"` // "all"
	Attachments     []Attachment `json:"attachments"`
	Created         time.Time    `json:"created"`
	Updated         time.Time    `json:"updated"` // zero if never edited
}

// Attachment is a card.
type Attachment struct {
	ContentType string          `json:"contentType"`
	Content     json.RawMessage `json:"content"`
}

// NewMessage is a message to send. Exactly one of RoomID, PersonID and PersonEmail must be set.
type NewMessage struct {
	RoomID      string
	PersonID    string
	PersonEmail string
	ParentID    string // the root of a thread; empty starts a new one
	Markdown    string
	Card        json.RawMessage // may be nil; clients that can't show cards show Markdown
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
		return b, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("A message needs one of a room, a person and an email; it has %d.", targets)}
	case len(m.Markdown) > MaxTextBytes:
		return b, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("The message has %d bytes; Webex allows %d.", len(m.Markdown), MaxTextBytes)}
	case m.Markdown == "":
		return b, &fault.Error{Kind: fault.Invalid, Message: "The message has no text."}
	}
	if m.Card != nil && (!bytes.HasPrefix(m.Card, []byte("{")) || !jsontext.Value(m.Card).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))) {
		return b, &fault.Error{Kind: fault.Invalid, Message: "The card isn't one JSON object."}
	}
	return b, nil
}

// encode returns the request body. The card is copied unchanged: encoding/json would scan it again.
func (m NewMessage) encode() ([]byte, error) {
	body, err := m.body()
	if err != nil {
		return nil, err
	}
	const around = 512 // ids and member names
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

// CreateMessage sends a message: POST /messages. A message over Webex's limits is a fault of kind
// Invalid, without a request.
func (c *Client) CreateMessage(ctx context.Context, m NewMessage) (Message, error) {
	text, err := m.encode()
	if err != nil {
		return Message{}, err
	}
	var sent Message
	_, err = c.do(ctx, http.MethodPost, c.base.JoinPath("messages"), "application/json", bytes.NewReader(text), &sent)
	return sent, err
}

// Upload sends a message with a file: POST /messages with multipart/form-data (API reference, "Message
// Attachments"). The file is streamed: write is called while the request is sent. Webex allows no card
// beside a file. An error of write is returned unchanged.
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
	read.CloseWithError(io.ErrClosedPipe) // in case Webex responded before it had read everything
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
		return writeError{err}
	}
	return form.Close()
}

// Message returns one message: GET /messages/{id}.
func (c *Client) Message(ctx context.Context, id string) (Message, error) {
	return call[Message](ctx, c, http.MethodGet, "messages/"+url.PathEscape(id), nil)
}

// Messages yields the messages of a space, newest first: GET /messages?roomId=. In a group space a
// bot may only list messages that mention it, so mentioned must be true there.
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

// EditMessage replaces the Markdown of the bot's own message: PUT /messages/{id}. Webex allows ten
// edits of a message, and none of one with a card or a file.
func (c *Client) EditMessage(ctx context.Context, id, room, markdown string) (Message, error) {
	return call[Message](ctx, c, http.MethodPut, "messages/"+url.PathEscape(id), map[string]string{"roomId": room, "markdown": markdown})
}

// DeleteMessage removes the bot's own message: DELETE /messages/{id}.
func (c *Client) DeleteMessage(ctx context.Context, id string) error {
	return c.exchange(ctx, http.MethodDelete, "messages/"+url.PathEscape(id), nil, nil)
}
