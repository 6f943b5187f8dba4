package render

import (
	"strings"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/query"
)

// noDevices is what somebody reads who can query none.
const noDevices = "There are no devices that you can query here"

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

// Help lists the queries and says how to type them.
func (p *Page) Help(catalog *query.Catalog, devices int) chat.Reply {
	view := helpView{
		Title: "Queries",
		Intro: "Type the name of a query and a device; anything else gets the form. " + reach(devices),
		Notes: "Word order, case and plurals don't matter; commands as on a device (`sh ip int br r1`) and questions (`is bgp up on r1?`) work, too. Combine devices: `r1,r2` or `site:paris`. Add `csv`, `xlsx` or `json` for a file, `| text` to filter, " +
			"`diff` in front to compare. `history` lists your recent queries. In group spaces, mention me.",
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

// Past is a query that was run earlier.
type Past struct {
	At      time.Time
	Typed   string
	Press   button.Press // runs it again
	Outcome string
}

// History lists past queries, newest first, with buttons that run the first ones again. It is drawn with the
// card of help.
func (p *Page) History(past []Past) chat.Reply {
	view := helpView{
		Title: "Recent queries", Intro: "Newest first.", Queries: []helpQuery{}, Actions: []action{},
		Notes: "Type one again, or press its button.",
	}
	text := "**" + view.Title + "**\n"
	if len(past) == 0 {
		view.Intro, view.Notes = "No recent queries.", "Type `help` for the list of queries."
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
		Intro: "I query your network devices and post the results here.",
		How:   "Type anything to get the form, or `help` for the list of queries.",
		Actions: []action{
			p.button("Show the form", button.Press{Do: button.Form}),
			p.button("Help", button.Press{Do: button.Help}),
		},
	}
	if !direct {
		view.How = "In group spaces I only see messages that @mention me. Mention me to get the form, or add `help` for the list of queries."
	}
	return p.reply("greeting", view, "**"+view.Title+".** "+view.Intro+" "+view.How)
}

// reach says how many devices a person can query.
func reach(devices int) string {
	if devices == 0 {
		return noDevices + "."
	}
	return "You can query " + count(devices, "device") + "."
}
