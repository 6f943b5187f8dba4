package render

import (
	"encoding/json"

	"overwatch/internal/button"
	"overwatch/internal/chat"
)

// Cards expands a card by its name with a view model.
type Cards interface {
	Expand(name string, view any) (json.RawMessage, error)
}

// Renderer begins pages. Safe for concurrent use.
type Renderer struct{ cards Cards }

// New returns a renderer that draws with cards.
func New(cards Cards) *Renderer { return &Renderer{cards} }

// Seal is given the data of each button that is drawn, and adds the proof that the bot drew it.
type Seal func(data map[string]string)

// Page draws the replies to one event. Safe for concurrent use if its seal is.
type Page struct {
	cards  Cards
	thread string // that the replies go to, and that buttons carry
	trace  string // shown with errors; may be empty
	seal   Seal   // may be nil
}

// Page returns a page for one event: its replies go to thread, or start one of their own when that is
// empty; trace is the id under which the log has the event, or empty; seal may be nil.
func (r *Renderer) Page(thread, trace string, seal Seal) *Page {
	return &Page{r.cards, thread, trace, seal}
}

// Text returns a reply without a card; text is Markdown.
func (p *Page) Text(text string) chat.Reply {
	return chat.Reply{Text: cut(text, maxText), Thread: p.thread}
}

// reply draws a card with its text. When the card can't be drawn, the text goes alone and the reply has
// the error.
func (p *Page) reply(card string, view any, text string) chat.Reply {
	reply := p.Text(text)
	reply.Card, reply.Err = p.cards.Expand(card, view)
	return reply
}

// action is a button.
type action struct {
	Title string            `json:"title"`
	Style string            `json:"style"`
	Data  map[string]string `json:"data"`
}

func (p *Page) button(title string, press button.Press) action {
	press.Thread = p.thread
	data := press.Data()
	if p.seal != nil {
		p.seal(data)
	}
	return action{Title: title, Style: "default", Data: data}
}
