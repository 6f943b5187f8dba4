package webexsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/google/uuid"
)

const (
	maxText  = 7439 // bytes of text, and of Markdown
	maxEdits = 10   // of a message
)

const cardType = "application/vnd.microsoft.card.adaptive"

// draft is the body of a new message.
type draft struct {
	RoomID        string       `json:"roomId"`
	ToPersonID    string       `json:"toPersonId"`
	ToPersonEmail string       `json:"toPersonEmail"`
	ParentID      string       `json:"parentId"`
	Text          string       `json:"text"`
	Markdown      string       `json:"markdown"`
	HTML          string       `json:"html"` // undocumented
	Files         []string     `json:"files"`
	Attachments   []attachment `json:"attachments"`

	upload *file
}

type attachment struct {
	ContentType string          `json:"contentType"`
	Content     json.RawMessage `json:"content"`
}

// draft reads the body of a new message, JSON or a form with a file.
func (c *call) draft() (draft, error) {
	var d draft
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return d, c.decode(&d)
	}
	form := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err == io.EOF { //nolint:errorlint // as multipart documents it
			return d, nil
		} else if err != nil {
			return d, badRequest("The form can't be read: %v", err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return d, badRequest("The form can't be read: %v", err)
		}
		into := map[string]*string{
			"roomId": &d.RoomID, "toPersonId": &d.ToPersonID, "toPersonEmail": &d.ToPersonEmail,
			"parentId": &d.ParentID, "text": &d.Text, "markdown": &d.Markdown, "html": &d.HTML,
		}[part.FormName()]
		switch {
		case into != nil:
			*into = string(data)
		case part.FormName() == "files" && d.upload == nil:
			d.upload = &file{id: c.sim.publicID("CONTENT", uuid.NewString()+"/0"), name: part.FileName(), kind: cmp.Or(part.Header.Get("Content-Type"), "application/octet-stream"), data: data}
		case part.FormName() == "attachments":
			if json.Unmarshal(data, &d.Attachments) != nil {
				return d, invalidArgument()
			}
		case part.FormName() == "files":
			return d, badRequest("Only one file is currently supported.")
		}
	}
}

// check returns the error with which Webex refuses a message.
func (d draft) check() error {
	targets := 0
	for _, t := range []string{d.RoomID, d.ToPersonID, d.ToPersonEmail} {
		if t != "" {
			targets++
		}
	}
	switch {
	case targets != 1:
		return badRequest("Message destination could not be determined. Provide only one destination in the roomId, toPersonEmail, or toPersonId field")
	case len(d.Text) > maxText || len(d.Markdown) > maxText:
		return badRequest("Message length limited to %d bytes.", maxText)
	case len(d.Attachments) > 1:
		return badRequest("Only one card is currently supported.")
	case len(d.Files) > 1:
		return badRequest("Only one file is currently supported.")
	case len(d.Files) == 1:
		return badRequest("Unable to retrieve content") // the simulation has no Internet access
	case d.Text == "" && d.Markdown == "" && d.HTML == "" && d.upload == nil:
		return badRequest("Both text and file cannot be empty.")
	}
	for _, a := range d.Attachments {
		if a.ContentType != cardType {
			return invalidArgument()
		}
		if err := checkCard(a.Content); err != nil {
			return err
		}
	}
	return nil
}

// target returns the space of a new message. A message to a person creates their direct space.
func (c *call) target(d draft) (*room, error) {
	if d.RoomID != "" {
		return c.sim.room(d.RoomID, c.who)
	}
	p, err := c.sim.recipient(d.ToPersonID, d.ToPersonEmail)
	if err != nil {
		return nil, err
	}
	if p == c.who {
		return nil, fail(http.StatusNotFound, noSuchPerson)
	}
	return c.sim.direct(c.who, p), nil
}
