package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/query"
)

type resultView struct {
	Title   string       `json:"title"`
	Device  string       `json:"device"`
	Answer  string       `json:"answer"`
	Summary string       `json:"summary"`
	Empty   string       `json:"empty"`
	Tone    query.Colour `json:"tone"` // of Empty
	Note    string       `json:"note"`
	Rows    []row        `json:"rows"`
	Lines   []fact       `json:"lines"`   // of rows, where there are many
	Choices []choice     `json:"choices"` // a row to show in full
	More    string       `json:"more"`
	Cut     string       `json:"cut"`
	Search  bool         `json:"search"`
	Filter  string       `json:"filter"`
	Pages   []action     `json:"pages"`
	Typed   string       `json:"typed"`
	Actions []action     `json:"actions"`
}

type row struct {
	Heading string       `json:"heading"`
	State   string       `json:"state"`
	Colour  query.Colour `json:"colour"`
	Facts   []fact       `json:"facts"`
}

type fact struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

// Result draws a page of a result, with as many of its rows as fit. kept is the id under which the result is
// kept, so that the card's buttons needn't run the query again; it may be empty.
func (p *Page) Result(res query.Result, kept string) chat.Reply {
	most := min(len(res.Rows), PageRows)
	for n := most; ; n /= 2 {
		reply := p.reply("result", p.resultCard(res, n, kept), resultText(res, n))
		switch {
		case reply.Err == nil:
			return reply
		case n == 0: // the card isn't too large, it can't be drawn; the text goes alone, with all rows
			reply.Text = cut(resultText(res, most), maxText)
			return reply
		}
	}
}

func (p *Page) resultCard(res query.Result, shown int, kept string) resultView {
	q := res.Run
	view := resultView{
		Title: q.Template.Title, Device: Escape(q.Device.Name), Rows: []row{}, Lines: []fact{}, Choices: []choice{},
		Answer: answer(res), Summary: summary(res), Tone: query.Plain, Note: Escape(res.Ending.Note),
		Typed: "Typed: " + Code(q.Typed()),
		Pages: []action{}, Actions: p.resultActions(res, kept),
	}
	if res.Total == 0 {
		view.Empty = nothing(res)
	}
	if res.Ending.Outcome == query.Unknown {
		view.Tone = query.Warning
	}
	if res.Total > shown {
		view.More = pageOf(res, shown)
	}
	if res.Ending.Outcome == query.Cut {
		view.Cut = cutText(res)
	}
	if res.Total > shown || !q.Filter.Empty() || shown > fullRows {
		view.Search, view.Filter, view.Pages = true, q.Filter.Text(), p.pages(res, shown, kept)
	}
	facts := q.Facts()
	if shown > fullRows {
		layout := layoutOf(facts)
		for i, cells := range res.Rows[:shown] {
			line := layout.line(cells)
			view.Lines = append(view.Lines, line)
			view.Choices = append(view.Choices, choice{line.Title, strconv.Itoa(res.From + i)})
		}
		return view
	}
	headed := slices.ContainsFunc(facts, func(f query.Fact) bool { return f.Heading })
	for _, cells := range res.Rows[:shown] {
		view.Rows = append(view.Rows, rowOf(facts, cells, headed))
	}
	return view
}

// rowOf draws one row. Beside a heading, the row's state is shown in its colour.
func rowOf(facts []query.Fact, cells []query.Cell, headed bool) row {
	out := row{Colour: query.Plain, Facts: []fact{}}
	for i, f := range facts {
		switch {
		case f.Heading:
			out.Heading = value(cells[i].Text)
		case f.State && out.State == "" && headed:
			if cells[i].Text != "" {
				out.State, out.Colour = stated(cells[i]), cells[i].Colour
			}
		default:
			out.Facts = append(out.Facts, fact{Escape(f.Title), value(cells[i].Text)})
		}
	}
	return out
}

// nothing says why there are no rows.
func nothing(res query.Result) string {
	if res.Ending.Outcome == query.None || res.Ending.Outcome == query.Unknown {
		return Escape(res.Ending.Sentence())
	}
	if res.Run.Filter.Empty() {
		return res.Run.Filter.NoMatch()
	}
	return "No rows match " + Code(res.Run.Filter.Text()) + "."
}

// pageOf says which rows are shown, such as 11 to 20 of 2,000 rows.
func pageOf(res query.Result, shown int) string {
	if res.Limit == 1 && shown == 1 {
		return fmt.Sprintf("Row %s of %s.", thousands(res.From+1), thousands(res.Total))
	}
	if shown == 0 {
		return fmt.Sprintf("There are %s.", count(res.Total, "row"))
	}
	return fmt.Sprintf("%s to %s of %s.", thousands(res.From+1), thousands(res.From+shown), count(res.Total, "row"))
}

// cutText says that rows are missing at the end.
func cutText(res query.Result) string {
	return fmt.Sprintf("Truncated after %s: %s", count(res.Total, "row"), Escape(res.Ending.Reason))
}

// pages are the buttons beside the filter.
func (p *Page) pages(res query.Result, shown int, kept string) []action {
	to := func(do button.Do, from int) button.Press {
		press := res.Run.Press()
		press.Do, press.From, press.Answer = do, from, kept
		return press
	}
	turn := button.Run
	list := []action{p.button("Filter", to(button.Run, 0))}
	switch {
	case res.Limit == 1:
		turn = button.Row
		list = append(list, p.button("All rows", to(button.Run, res.From/PageRows*PageRows)))
	case shown > fullRows:
		list = append(list, p.button("Show row", to(button.Row, res.From)))
	}
	if res.From > 0 {
		list = append(list, p.button("Previous", to(turn, max(0, res.From-res.Limit))))
	}
	if next := res.From + shown; next < res.Total && !res.Run.Filter.Counts() {
		list = append(list, p.button("Next", to(turn, next)))
	}
	return list
}

func summary(res query.Result) string {
	at, unverified := res.At.UTC().Format("2006-01-02 15:04:05 UTC"), ""
	if res.Run.Device.TLS.Insecure {
		unverified = " · certificate not verified"
	}
	if res.Kept {
		return fmt.Sprintf("%s · as of %s%s", count(res.Total, "row"), at, unverified)
	}
	return fmt.Sprintf("%s · %s · took %s%s", count(res.Total, "row"), at, took(res.Took), unverified)
}

func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func (p *Page) resultActions(res query.Result, kept string) []action {
	ask := res.Run.Press()
	with := func(do button.Do, format string) button.Press {
		press := ask
		press.Do, press.Format = do, format
		return press
	}
	actions := []action{p.button("Refresh", ask)}
	if kept != "" {
		compare := with(button.Compare, "")
		compare.Answer = kept
		actions = append(actions, p.button("Compare", compare))
	}
	if res.Total > 0 {
		actions = append(actions,
			p.button("All rows (CSV)", with(button.File, "csv")),
			p.button("All rows (JSON)", with(button.File, "json")))
	}
	other := ask
	other.Do, other.Device = button.Form, ""
	return append(actions, p.button("Another device", other))
}

// resultText returns the result for clients that draw no cards.
func resultText(res query.Result, shown int) string {
	q := res.Run
	var b strings.Builder
	if say := answer(res); say != "" {
		b.WriteString(say + "\n\n")
	}
	fmt.Fprintf(&b, "**%s** on **%s** (%s)\n", Escape(q.Template.Title), Escape(q.Device.Name), summary(res))
	if res.Total == 0 {
		b.WriteString("\n" + nothing(res) + "\n")
	}
	if note := res.Ending.Note; note != "" {
		b.WriteString("\n" + Escape(note) + "\n")
	}
	facts := q.Facts()
	layout := layoutOf(facts)
	for _, cells := range res.Rows[:shown] {
		if shown > fullRows {
			b.WriteString("\n- " + layout.line(cells).text())
		} else {
			b.WriteString("\n- " + rowText(facts, cells))
		}
	}
	if res.Ending.Outcome == query.Cut {
		b.WriteString("\n\n" + cutText(res))
	}
	if res.Total > shown {
		all := q
		all.Filter = query.Filter{}
		fmt.Fprintf(&b, "\n\n%s Type %s for all rows, or filter them: %s.",
			pageOf(res, shown), Code(all.Typed()+" csv"), Code(all.Typed()+" | text"))
	}
	return strings.TrimRight(b.String(), "\n")
}

func rowText(facts []query.Fact, cells []query.Cell) string {
	var heading string
	var rest []string
	for i, f := range facts {
		switch {
		case f.Heading:
			heading = "**" + value(cells[i].Text) + "**"
		case cells[i].Text != "":
			rest = append(rest, Escape(f.Title)+": "+value(cells[i].Text))
		}
	}
	if heading != "" && len(rest) > 0 {
		heading += ": "
	}
	return heading + strings.Join(rest, "; ")
}
