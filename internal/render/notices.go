package render

import (
	"fmt"
	"strings"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
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
	return "That didn't work"
}

type suggestionsView struct {
	Title   string   `json:"title"`
	Hint    string   `json:"hint"`
	Actions []action `json:"actions"`
}

// Suggestion is something that may have been meant.
type Suggestion struct {
	Title string
	Press button.Press
}

// DidYouMean offers at most four things that may have been meant, and the form.
func (p *Page) DidYouMean(unknown string, likely []Suggestion) chat.Reply {
	view := suggestionsView{
		Title: "Did you mean…", Hint: "I don't know " + Code(clip(unknown, maxNamed)) + ".", Actions: []action{},
	}
	var titles []string
	for _, s := range likely[:min(len(likely), maxActions-1)] {
		view.Actions = append(view.Actions, p.button(s.Title, s.Press))
		titles = append(titles, Code(s.Title))
	}
	view.Actions = append(view.Actions, p.button("Show the form", button.Press{Do: button.Form}))
	question := "Did you mean " + strings.Join(titles, " or ") + "?"
	reply := p.reply("did-you-mean", view, view.Hint+" "+question)
	if reply.Err == nil {
		reply.Err = &fault.Error{
			Kind: fault.NotFound, Message: fmt.Sprintf("I don't know %q.", clip(unknown, maxNamed)), Hint: strings.ReplaceAll(question, "`", ""),
		}
	}
	return reply
}

type helpView struct {
	Title   string      `json:"title"`
	Intro   string      `json:"intro"`
	Queries []helpQuery `json:"queries"`
	Notes   string      `json:"notes"`
	Actions []action    `json:"actions"`
}

type helpQuery struct {
	Typed string `json:"typed"`
	Help  string `json:"help"`
}

// Help says what can be asked and how.
func (p *Page) Help(catalog *query.Catalog, devices int) chat.Reply {
	view := helpView{
		Title: "What you can ask",
		Intro: fmt.Sprintf("Write a word and a device, or anything else for the form. I know %s.", count(devices, "device")),
		Notes: "The order of the words, capital letters and a plural s don't matter. Several devices go together, as in r1,r2, or a group, as in site:paris. " +
			"Add csv or json for all rows as a file, | and a text for the rows that have it, diff in front for what changed since the last answer. history lists what you asked. " +
			"In a group space I only see what mentions me.",
		Queries: []helpQuery{},
		Actions: []action{
			p.button("Show the form", button.Press{Do: button.Form}),
			p.button("List the devices", button.Press{Do: button.Devices}),
		},
	}
	text := "**" + view.Title + "** " + view.Intro + "\n"
	for _, t := range catalog.All() {
		words := []string{t.Word()}
		for _, in := range t.Inputs {
			words = append(words, strings.ToUpper(in.ID))
		}
		typed := strings.Join(append(words, "DEVICE"), " ")
		help := t.Help
		if help == "" {
			help = t.Title
		}
		view.Queries = append(view.Queries, helpQuery{typed, help})
		text += "\n- " + Code(typed) + ": " + help
	}
	return p.reply("help", view, text+"\n\n"+view.Notes)
}

// Past is a question that was asked earlier.
type Past struct {
	At      time.Time
	Typed   string
	Press   button.Press // asks it again
	Outcome string
}

// History lists questions, newest first, with buttons that ask the first ones again. It is drawn with
// the card of help.
func (p *Page) History(past []Past) chat.Reply {
	view := helpView{
		Title: "What you asked", Intro: "Your last questions, the newest first.", Queries: []helpQuery{}, Actions: []action{},
		Notes: "Write any of them again, or press one.",
	}
	text := "**" + view.Title + "**\n"
	if len(past) == 0 {
		view.Intro, view.Notes = "You haven't asked anything that is still known.", "Write `help` to see what can be asked."
		text += "\n" + view.Intro
	}
	for i, run := range past {
		at := run.At.UTC().Format("2006-01-02 15:04 UTC")
		view.Queries = append(view.Queries, helpQuery{Code(run.Typed), at + " · " + run.Outcome})
		text += "\n- " + Code(run.Typed) + ": " + at + ", " + run.Outcome
		if i < maxActions-1 {
			view.Actions = append(view.Actions, p.button(run.Typed, run.Press))
		}
	}
	view.Actions = append(view.Actions, p.button("Show the form", button.Press{Do: button.Form}))
	return p.reply("help", view, text+"\n\n"+view.Notes)
}

type greetingView struct {
	Title   string   `json:"title"`
	Intro   string   `json:"intro"`
	How     string   `json:"how"`
	Actions []action `json:"actions"`
}

// Greeting introduces the bot to a space it was added to.
func (p *Page) Greeting(direct bool) chat.Reply {
	view := greetingView{
		Title: "Hello, I'm Overwatch",
		Intro: "I ask the devices of your network and answer here.",
		How:   "Write anything to me to get the form, or `help` to see what can be asked.",
		Actions: []action{
			p.button("Show the form", button.Press{Do: button.Form}),
			p.button("Help", button.Press{Do: button.Help}),
		},
	}
	if !direct {
		view.How = "In this space I only see what mentions me with @. Mention me with anything to get the form, or with `help` to see what can be asked."
	}
	return p.reply("greeting", view, "**"+view.Title+".** "+view.Intro+" "+view.How)
}

type devicesView struct {
	Title   string       `json:"title"`
	Summary string       `json:"summary"`
	Devices []deviceView `json:"devices"`
	More    string       `json:"more"`
	Actions []action     `json:"actions"`
}

type deviceView struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// maxListed is how many devices a list names.
const maxListed = 50

// Devices lists who can be asked. Addresses stay inside: a chat is no place for them.
func (p *Page) Devices(inv *inventory.Inventory) chat.Reply {
	view := devicesView{
		Title: "Devices", Summary: count(inv.Len(), "device") + " in " + count(len(inv.Groups()), "group"), Devices: []deviceView{},
		Actions: []action{p.button("Show the form", button.Press{Do: button.Form})},
	}
	text := "**" + view.Title + "** (" + view.Summary + ")\n"
	if old := stale(inv); old != "" {
		view.Summary += ". " + old
		text += "\n" + old + "\n"
	}
	for d := range inv.All() {
		if len(view.Devices) == maxListed {
			view.More = fmt.Sprintf("And %s more: write the beginning of a name.", thousands(inv.Len()-maxListed))
			break
		}
		about := strings.Join(append([]string{d.Platform}, d.Groups...), " · ")
		view.Devices = append(view.Devices, deviceView{Escape(d.Name), Escape(about)})
		text += "\n- **" + Escape(d.Name) + "**: " + Escape(about)
	}
	if view.More != "" {
		text += "\n\n" + view.More
	}
	return p.reply("devices", view, text)
}

// stale says which devices may not be those of today, or nothing.
func stale(inv *inventory.Inventory) string {
	var say []string
	for _, s := range inv.Stale() {
		say = append(say, fmt.Sprintf("%s can't be asked: its %s are as of %s.",
			Escape(s.Source), count(s.Devices, "device"), s.At.UTC().Format("2006-01-02 15:04 UTC")))
	}
	return strings.Join(say, " ")
}
