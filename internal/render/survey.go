package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/query"
)

type progressView struct {
	Title   string   `json:"title"`
	Actions []action `json:"actions"`
}

// Progress is how far a run has come.
type Progress struct {
	Devices []string // by name
	Done    int      // how many of them have answered
	Run     string   // the run's id, which a Cancel button carries; empty for a run that can't be cancelled
}

// Progress draws the line that is shown while a run takes its time, and with the run's id a card with a
// button to cancel it.
func (p *Page) Progress(pr Progress) chat.Reply {
	line := "Querying " + count(len(pr.Devices), "device") + "…"
	if len(pr.Devices) <= 2 {
		line = "Querying " + Escape(strings.Join(pr.Devices, " and ")) + "…"
	}
	view := progressView{Title: line, Actions: []action{p.button("Cancel", button.Press{Do: button.Cancel, Survey: pr.Run})}}
	if pr.Done > 0 {
		line += fmt.Sprintf(" %s answered.", thousands(pr.Done))
	}
	if pr.Run == "" {
		return chat.Reply{Text: line, Thread: p.thread}
	}
	return p.reply("asking", view, line)
}

type surveyView struct {
	Title   string    `json:"title"`
	Target  string    `json:"target"`
	Answer  string    `json:"answer"`
	Summary string    `json:"summary"`
	Devices []outcome `json:"devices"`
	NoMatch string    `json:"noMatch"` // which devices have no row that matches the filter
	More    string    `json:"more"`
	Typed   string    `json:"typed"`
	Details []choice  `json:"details"`
	Show    []action  `json:"show"`
	Actions []action  `json:"actions"`
}

type outcome struct {
	Name   string       `json:"name"`
	State  string       `json:"state"`
	Colour query.Colour `json:"colour"`
	Count  string       `json:"count"`
	Took   string       `json:"took"`
	Say    string       `json:"say"`
	Lines  []fact       `json:"lines"` // of rows
	Rest   string       `json:"rest"`  // that there are more
}

// maxOutcomes is how many devices a summary shows at most: those that failed come first.
const maxOutcomes = 20

// Survey sums up the results of several devices.
func (p *Page) Survey(s query.Survey, outcomes []query.DeviceResult, took time.Duration, stopped bool) chat.Reply {
	most := min(len(outcomes), maxOutcomes)
	for n := most; ; n /= 2 {
		view := p.surveyCard(s, outcomes, n)
		view.Summary = surveySummary(outcomes, took, stopped)
		reply := p.reply("survey", view, surveyText(view, s))
		if reply.Err == nil || n == 0 {
			if reply.Err == nil {
				reply.Err = surveyErr(outcomes)
			}
			return reply
		}
	}
}

func (p *Page) surveyCard(s query.Survey, outcomes []query.DeviceResult, shown int) surveyView {
	view := surveyView{
		Title: s.Template.Title, Target: Escape(s.Target), Answer: surveyAnswer(s, outcomes), Typed: "Typed: " + Code(s.Typed()),
		Devices: []outcome{}, Details: []choice{}, Show: []action{}, Actions: p.surveyActions(s),
	}
	// Devices that need a look come first.
	sorted := slices.Clone(outcomes)
	slices.SortStableFunc(sorted, func(a, b query.DeviceResult) int { return rank(a) - rank(b) })
	view.NoMatch, sorted = noMatch(s, sorted)
	shown = min(shown, len(sorted))
	left := PageRows
	everything := total(sorted) <= left
	for _, o := range sorted[:shown] {
		out := outcomeOf(o)
		out.Lines, out.Rest = linesOf(s, o, everything, left)
		left -= len(out.Lines)
		view.Devices = append(view.Devices, out)
	}
	if len(sorted) > shown {
		view.More = fmt.Sprintf("And %s more. All rows (CSV) has all of them.", count(len(sorted)-shown, "device"))
	}
	for _, o := range outcomes[:min(len(outcomes), MaxChoices)] {
		view.Details = append(view.Details, choice{o.Device.Name, o.Device.Name})
	}
	details := s.Press()
	details.Device = ""
	view.Show = append(view.Show, p.button("Show", details))
	return view
}

// rank orders devices: those without an answer first, then those that need a look, the worst first.
func rank(o query.DeviceResult) int {
	switch {
	case o.Err != nil:
		return 0
	case o.Ending.Outcome == query.Cut, o.Ending.Outcome == query.Unknown, o.Ending.Note != "":
		return 1
	case o.Worst.Colour() == query.Attention:
		return 2
	case o.Worst.Colour() == query.Warning:
		return 3
	}
	return 4
}

// noMatch takes the devices that have no row for the filter out of a list, and names them.
func noMatch(s query.Survey, all []query.DeviceResult) (say string, rest []query.DeviceResult) {
	if s.Filter.Empty() {
		return "", all
	}
	var names []string
	for _, o := range all {
		if o.Err == nil && o.Total == 0 && o.Ending.Outcome == query.Complete && o.Ending.Note == "" {
			names = append(names, o.Device.Name)
		} else {
			rest = append(rest, o)
		}
	}
	if len(names) == 0 {
		return "", rest
	}
	return "No rows match on " + named(names) + ".", rest
}

// total is how many rows devices have.
func total(all []query.DeviceResult) (rows int) {
	for _, o := range all {
		rows += o.Total
	}
	return rows
}

// linesOf returns the lines of a device's rows, most at most: all its rows where the rows of all devices fit, else
// those that somebody searched for or that need a look.
func linesOf(s query.Survey, o query.DeviceResult, everything bool, most int) (lines []fact, rest string) {
	lines = []fact{}
	rows := o.Worst.All()
	if !everything && s.Filter.Empty() {
		rows = o.Worst.Bad()
	}
	layout := layoutOf(s.Template.Facts(o.Device.Platform))
	for _, cells := range rows[:min(len(rows), most)] {
		lines = append(lines, layout.line(cells))
	}
	if more := o.Total - len(lines); more > 0 && len(lines) > 0 {
		rest = "And " + count(more, "row") + " more."
	}
	return lines, rest
}

// outcomeOf draws the result of one device.
func outcomeOf(o query.DeviceResult) outcome {
	out := outcome{Name: Escape(o.Device.Name), State: "answered", Colour: query.Good, Count: count(o.Total, "row"), Took: took(o.Took), Lines: []fact{}}
	if o.Ending.Outcome != query.Complete {
		out.State = string(o.Ending.Outcome)
	}
	switch {
	case !o.Queried:
		out.State, out.Colour, out.Count, out.Took = "not queried", query.Warning, "", ""
		if kind := fault.Of(o.Err); kind == fault.Denied || kind == fault.RateLimited {
			out.Say = Escape(o.Ending.Reason)
		}
		return out
	case o.Err != nil:
		out.Colour, out.Count = query.Attention, ""
	case o.Ending.Outcome == query.None:
		out.Count = ""
	case o.Ending.Outcome == query.Unknown:
		out.Colour, out.Count = query.Warning, ""
	case o.Ending.Outcome == query.Cut, o.Ending.Note != "":
		out.Colour = query.Warning
	}
	out.Say = Escape(strings.TrimSpace(o.Ending.Reason + " " + o.Ending.Note))
	return out
}

func surveySummary(outcomes []query.DeviceResult, all time.Duration, stopped bool) string {
	answered, rows := 0, 0
	for _, o := range outcomes {
		if o.Err == nil {
			answered++
			rows += o.Total
		}
	}
	text := fmt.Sprintf("%s of %s answered · %s · took %s", thousands(answered), count(len(outcomes), "device"), count(rows, "row"), took(all))
	if stopped {
		text = "Cancelled · " + text
	}
	return text
}

func (p *Page) surveyActions(s query.Survey) []action {
	ask := s.Press()
	csv, json := ask, ask
	csv.Do, csv.Format = button.File, "csv"
	json.Do, json.Format = button.File, "json"
	other := ask
	other.Do, other.Device = button.Form, ""
	return []action{
		p.button("Refresh", ask), p.button("All rows (CSV)", csv), p.button("All rows (JSON)", json), p.button("Other devices", other),
	}
}

func surveyText(view surveyView, s query.Survey) string {
	var b strings.Builder
	if view.Answer != "" {
		b.WriteString(view.Answer + "\n\n")
	}
	fmt.Fprintf(&b, "**%s** on **%s** (%s)\n", Escape(view.Title), view.Target, view.Summary)
	for _, d := range view.Devices {
		parts := []string{d.State}
		for _, p := range []string{d.Count, d.Say} {
			if p != "" {
				parts = append(parts, p)
			}
		}
		fmt.Fprintf(&b, "\n- **%s**: %s", d.Name, strings.Join(parts, "; "))
		for _, line := range d.Lines {
			b.WriteString("\n  - " + line.text())
		}
		if d.Rest != "" {
			b.WriteString("\n  - " + d.Rest)
		}
	}
	if view.NoMatch != "" {
		b.WriteString("\n\n" + view.NoMatch)
	}
	if view.More != "" {
		b.WriteString("\n\n" + view.More)
	}
	fmt.Fprintf(&b, "\n\nType %s for all rows.", Code(s.Typed()+" csv"))
	return b.String()
}

// surveyErr returns why no device answered, or nil when one did.
func surveyErr(outcomes []query.DeviceResult) error {
	var first error
	for _, o := range outcomes {
		if o.Err == nil {
			return nil
		}
		if first == nil {
			first = o.Err
		}
	}
	return first
}
