package webexsim

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"

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
	Files         addresses    `json:"files"`
	Attachments   []attachment `json:"attachments"`

	upload *file
}

// addresses are those of public files: a list, or as Webex accepts as well, one of them.
type addresses []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *addresses) UnmarshalJSON(src []byte) error {
	var one string
	if json.Unmarshal(src, &one) == nil {
		*a = addresses{one}
		return nil
	}
	return json.Unmarshal(src, (*[]string)(a))
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
	case d.Text == "" && d.Markdown == "" && d.HTML == "" && d.upload == nil && len(d.Files) == 0:
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

// retrieve fetches a public file. The simulation has no Internet access, so only this machine's can be
// fetched. Sim.mu is released meanwhile.
func (c *call) retrieve(address string) (*file, error) {
	unable := badRequest("Unable to retrieve content")
	at, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, at.Hostname()) {
		return nil, unable
	}
	c.sim.mu.Unlock()
	defer c.sim.mu.Lock()
	ctx, cancel := context.WithTimeout(c.Context(), deliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, unable
	}
	resp, err := c.sim.client.Do(req)
	if err != nil {
		return nil, unable
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, unable
	}
	return &file{id: c.sim.publicID("CONTENT", uuid.NewString()+"/0"), name: path.Base(at.Path), kind: cmp.Or(resp.Header.Get("Content-Type"), "application/octet-stream"), data: data}, nil
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
