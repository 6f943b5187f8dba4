package render

import (
	"fmt"
	"strings"

	"overwatch/internal/archive"
	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// Comparison is two results of one query: the latest and the one before, or those of two devices.
type Comparison struct {
	Run    query.Run
	Other  *query.Run     // the same to the other device, which After is from; nil for one device
	Before *archive.Entry // nil when there is none
	After  *archive.Entry
}

type comparisonView struct {
	Title   string       `json:"title"`
	Target  string       `json:"target"`
	Summary string       `json:"summary"`
	Empty   string       `json:"empty"`
	Tone    query.Colour `json:"tone"` // of Empty
	Changes []change     `json:"changes"`
	More    string       `json:"more"`
	Typed   string       `json:"typed"`
	Devices []choice     `json:"devices"`
	Search  bool         `json:"search"`
	With    []action     `json:"with"`
	Actions []action     `json:"actions"`
}

type change struct {
	Heading string       `json:"heading"`
	State   string       `json:"state"`
	Colour  query.Colour `json:"colour"`
	Facts   []fact       `json:"facts"`
}

// maxChanges is how many differences a card shows at most.
const maxChanges = 15

// Comparison draws the differences between two results: added, removed and changed rows.
func (p *Page) Comparison(c Comparison, inv *inventory.Inventory) chat.Reply {
	var changes []query.Change
	if c.Before != nil && c.doubt() == "" {
		after := c.Run.Facts()
		if c.Other != nil {
			after = c.Other.Facts()
		}
		changes = query.Diff(query.Table{Facts: c.Run.Facts(), Rows: c.Before.Rows}, query.Table{Facts: after, Rows: c.After.Rows})
	}
	for n := min(len(changes), maxChanges); ; n /= 2 {
		view := p.comparison(c, changes, n, inv)
		reply := p.reply("comparison", view, comparisonText(view))
		if reply.Err == nil || n == 0 {
			return reply
		}
	}
}

func (p *Page) comparison(c Comparison, changes []query.Change, shown int, inv *inventory.Inventory) comparisonView {
	q := c.Run
	refresh := q.Press()
	refresh.Do = button.Compare
	view := comparisonView{
		Title: q.Template.Title, Target: Escape(q.Device.Name), Typed: "Typed: " + Code("diff "+q.Typed()), Changes: []change{}, Tone: query.Plain,
	}
	const clock = "2006-01-02 15:04:05 UTC"
	switch {
	case c.Before == nil:
		view.Summary = "as of " + c.After.At.UTC().Format(clock)
		view.Empty = "No earlier answer to compare with. This one is saved; use *Compare again* later, or compare with another device."
	case c.Other != nil:
		refresh.With = c.Other.Device.Name
		view.Target = Escape(q.Device.Name + " → " + c.Other.Device.Name)
		view.Typed = "Typed: " + Code("diff "+q.Typed()+" "+c.Other.Device.Name)
		view.Summary = c.counts(changes)
	default:
		view.Summary = c.counts(changes) + " · " + c.Before.At.UTC().Format(clock) + " → " + c.After.At.UTC().Format(clock)
	}
	if c.Before != nil && len(changes) == 0 {
		view.Empty = "No differences."
	}
	if doubt := c.doubt(); doubt != "" {
		view.Empty, view.Summary, view.Tone = doubt, "can't compare", query.Warning
	}
	if truncated(c.Before) || truncated(c.After) {
		view.More = "One answer was truncated, so rows may be missing. "
	}
	for _, ch := range changes[:shown] {
		view.Changes = append(view.Changes, c.change(ch))
	}
	if len(changes) > shown {
		view.More += fmt.Sprintf("%s of %s.", thousands(shown), count(len(changes), "difference"))
	}
	view.Devices, view.Search = others(inv, q.Device.Name)
	with := q.Press()
	with.Do = button.Compare
	view.With = []action{p.button("Compare", with)}
	now := q.Press()
	view.Actions = []action{p.button("Compare again", refresh), p.button(q.Template.Title, now)}
	return view
}

func truncated(e *archive.Entry) bool { return e != nil && e.Ending.Outcome == query.Cut }

// doubt returns why two results can't be compared, or nothing: when a device may not support the data, it
// can't be told whether rows are gone.
func (c Comparison) doubt() string {
	for _, e := range []*archive.Entry{c.After, c.Before} {
		if e != nil && e.Ending.Outcome == query.Unknown {
			return Escape(e.Ending.Sentence())
		}
	}
	return ""
}

// others returns the devices to compare with; in large inventories one is searched by name.
func others(inv *inventory.Inventory, name string) (list []choice, search bool) {
	list = []choice{}
	if inv.Len() > MaxChoices {
		return list, true
	}
	for d := range inv.All() {
		if d.Name != name {
			list = append(list, choice{deviceTitle(d), d.Name})
		}
	}
	return list, false
}

// words returns how a row differs; for two devices, on which one it is.
func (c Comparison) words(k query.ChangeKind) string {
	switch {
	case c.Other == nil:
		return string(k)
	case k == query.Added:
		return "only on " + Escape(c.Other.Device.Name)
	case k == query.Removed:
		return "only on " + Escape(c.Run.Device.Name)
	}
	return "differs"
}

// counts returns how many rows differ.
func (c Comparison) counts(changes []query.Change) string {
	n := map[query.ChangeKind]int{}
	for _, ch := range changes {
		n[ch.Kind]++
	}
	var parts []string
	for _, k := range []query.ChangeKind{query.Changed, query.Added, query.Removed} {
		if n[k] > 0 {
			parts = append(parts, thousands(n[k])+" "+c.words(k))
		}
	}
	if len(parts) == 0 {
		return "no differences"
	}
	return strings.Join(parts, " · ")
}

func (c Comparison) change(ch query.Change) change {
	out := change{State: c.words(ch.Kind), Facts: []fact{}}
	if ch.Heading != "" {
		out.Heading = value(ch.Heading)
	}
	out.Colour = map[query.ChangeKind]query.Colour{query.Added: query.Good, query.Removed: query.Attention, query.Changed: query.Warning}[ch.Kind]
	for _, d := range ch.Deltas {
		text := value(d.Before + d.After)
		if ch.Kind == query.Changed {
			text = value(d.Before) + " → " + value(d.After)
		}
		out.Facts = append(out.Facts, fact{Escape(d.Title), text})
	}
	return out
}

func comparisonText(view comparisonView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** on **%s** (%s)\n", Escape(view.Title), view.Target, view.Summary)
	if view.Empty != "" {
		b.WriteString("\n" + view.Empty)
	}
	for _, c := range view.Changes {
		b.WriteString("\n- " + c.State)
		if c.Heading != "" {
			b.WriteString(" **" + c.Heading + "**")
		}
		parts := make([]string, len(c.Facts))
		for i, f := range c.Facts {
			parts[i] = f.Title + ": " + f.Value
		}
		if len(parts) > 0 {
			b.WriteString(": " + strings.Join(parts, "; "))
		}
	}
	if view.More != "" {
		b.WriteString("\n\n" + view.More)
	}
	return b.String()
}

// CompareWith lets a person choose the device to compare with, when the one that was named can't be.
func (p *Page) CompareWith(q query.Run, inv *inventory.Inventory, problem string) chat.Reply {
	view := comparisonView{
		Title: q.Template.Title, Target: Escape(q.Device.Name), Summary: "compare with another device", Empty: Escape(problem),
		Changes: []change{}, Typed: "Typed: " + Code("diff "+q.Typed()), Tone: query.Plain,
	}
	view.Devices, view.Search = others(inv, q.Device.Name)
	with := q.Press()
	with.Do = button.Compare
	view.With = []action{p.button("Compare", with)}
	view.Actions = []action{p.button(q.Template.Title, q.Press())}
	return p.reply("comparison", view, comparisonText(view))
}
