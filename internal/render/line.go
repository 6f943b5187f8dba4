package render

import (
	"strings"

	"overwatch/internal/ifname"
	"overwatch/internal/query"
)

// briefFacts is how many facts stand in a row's line, of a query whose template marks none as brief.
const briefFacts = 3

// maxBrief is how much of one value stands in a line, in characters.
const maxBrief = 60

// layout says which facts of a row stand in its line.
type layout struct {
	facts   []query.Fact
	heading int // the fact in front; -1 for the first that has a value
	state   int // -1 for none
	brief   []int
}

func layoutOf(facts []query.Fact) layout {
	l := layout{facts: facts, heading: -1, state: -1}
	var marked, others []int
	for i, f := range facts {
		switch {
		case f.Heading && l.heading < 0:
			l.heading = i
		case f.State && l.state < 0:
			l.state = i
		case f.Brief:
			marked = append(marked, i)
		default:
			others = append(others, i)
		}
	}
	if l.brief = marked; len(marked) == 0 {
		l.brief = others[:min(briefFacts, len(others))]
	}
	return l
}

// line returns a row as one line: its heading, then its state and what is brief of it. Interfaces are
// abbreviated, so that lines fit a phone.
func (l layout) line(cells []query.Cell) fact {
	heading := l.heading
	for i := range cells {
		if heading < 0 && cells[i].Text != "" {
			heading = i
		}
	}
	var parts []string
	if l.state >= 0 && l.state != heading && cells[l.state].Text != "" {
		parts = append(parts, stated(cells[l.state]))
	}
	for _, i := range l.brief {
		if text := cells[i].Text; text != "" && i != heading {
			parts = append(parts, l.named(i, Escape(clip(ifname.Short(text), maxBrief))))
		}
	}
	out := fact{Title: "—", Value: "—"}
	if heading >= 0 {
		out.Title = Escape(clip(ifname.Short(cells[heading].Text), maxBrief))
	}
	if len(parts) > 0 {
		out.Value = strings.Join(parts, " · ")
	}
	return out
}

// text returns a line as Markdown.
func (f fact) text() string {
	if f.Value == value("") {
		return "**" + f.Title + "**"
	}
	return "**" + f.Title + "**: " + f.Value
}

// named returns a value with the title of its fact if it is a number, which says nothing alone.
func (l layout) named(i int, text string) string {
	if strings.Trim(text, "0123456789.,") != "" {
		return text
	}
	return Escape(l.facts[i].Title) + " " + text
}

// signs stand before what has a colour, for those who see no colours and where text has none.
var signs = map[query.Colour]string{query.Good: "✓ ", query.Warning: "! ", query.Attention: "✗ "}

// stated returns a state with the sign of its colour.
func stated(c query.Cell) string {
	if c.Text == "" {
		return value("")
	}
	return signs[c.Colour] + value(c.Text)
}
