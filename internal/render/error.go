package render

import (
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/query"
)

type errorView struct {
	Title   string   `json:"title"`
	Say     string   `json:"say"`
	Do      string   `json:"do"`
	Trace   string   `json:"trace"`
	Actions []action `json:"actions"`
}

// Error says what went wrong, what to do next, and under which trace the log has it, if there is one. With
// retry, the card has a button that runs it again.
func (p *Page) Error(err error, retry *query.Run) chat.Reply {
	say, do := fault.Text(err)
	view := errorView{Title: title(fault.Of(err)), Say: Escape(clip(say, maxSentence)), Do: Escape(do), Trace: p.trace, Actions: []action{}}
	other := button.Press{Do: button.Form}
	if retry != nil {
		again := retry.Press()
		view.Actions = append(view.Actions, p.button("Retry", again))
		other.Query, other.Inputs = again.Query, again.Inputs
	}
	view.Actions = append(view.Actions, p.button("Another device", other))
	text := strings.TrimSpace("**" + view.Title + "** " + view.Say + "\n\n" + view.Do)
	if p.trace != "" {
		text += "\n\nTrace " + Code(p.trace)
	}
	reply := p.reply("error", view, text)
	reply.Err = err
	return reply
}

func title(k fault.Kind) string {
	switch k {
	case fault.Timeout:
		return "No answer in time"
	case fault.Denied:
		return "Not allowed"
	case fault.Unavailable, fault.RateLimited:
		return "No answer"
	case fault.NotFound:
		return "Not found"
	}
	return "That failed"
}

type suggestionsView struct {
	Title   string   `json:"title"`
	Hint    string   `json:"hint"`
	Actions []action `json:"actions"`
}

// Suggestion is a query that may have been meant.
type Suggestion struct {
	Title string
	Press button.Press
}

// DidYouMean says why a text wasn't understood, and offers at most four queries that may have been meant, and
// the form.
func (p *Page) DidYouMean(why error, likely []Suggestion) chat.Reply {
	message, _ := fault.Text(why)
	message = clip(message, maxSentence)
	view := suggestionsView{Title: "Did you mean…", Hint: Escape(message), Actions: []action{}}
	var titles, codes []string
	for _, s := range likely[:min(len(likely), maxActions-1)] {
		view.Actions = append(view.Actions, p.button(s.Title, s.Press))
		titles, codes = append(titles, s.Title), append(codes, Code(s.Title))
	}
	view.Actions = append(view.Actions, p.button("Show the form", button.Press{Do: button.Form}))
	reply := p.reply("did-you-mean", view, view.Hint+" Did you mean "+strings.Join(codes, " or ")+"?")
	if reply.Err == nil {
		reply.Err = &fault.Error{Kind: fault.Of(why), Message: message, Hint: "Did you mean " + strings.Join(titles, " or ") + "?"}
	}
	return reply
}

type choicesView struct {
	Title string      `json:"title"`
	Hint  string      `json:"hint"`
	Sets  []actionSet `json:"sets"`
}

// maxChosen is how many commands a card offers at most.
const maxChosen = 30

// Choices lists commands to go on with, as behind a question mark on a device.
func (p *Page) Choices(hint string, list []Suggestion) chat.Reply {
	view := choicesView{Title: "What may follow", Hint: Escape(clip(hint, maxSentence)), Sets: []actionSet{}}
	text := "**" + view.Title + "** " + view.Hint + "\n"
	for i, s := range list[:min(len(list), maxChosen)] {
		if i%maxActions == 0 {
			view.Sets = append(view.Sets, actionSet{Actions: []action{}})
		}
		set := &view.Sets[len(view.Sets)-1]
		set.Actions = append(set.Actions, p.button(s.Title, s.Press))
		text += "\n- " + Code(s.Title)
	}
	return p.reply("choices", view, text)
}
