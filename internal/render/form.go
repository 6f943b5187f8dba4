package render

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// Form is the content of a form.
type Form struct {
	Inventory *inventory.Inventory
	Catalog   *query.Catalog
	Query     *query.Template   // the query that is the first button; may be nil
	Inputs    []form.Input      // its inputs, with values to choose from; nil for those of the template
	Device    string            // chosen already, or empty
	Group     string            // only devices of this group, in large inventories
	Entered   map[string]string // values of the inputs
	Problem   string            // what is wrong with what was typed or entered, or empty
	Problems  form.Errors       // the same for each input
	Asked     bool              // nothing was entered yet: problems aren't shown in the card
	All       bool              // show every query by group, not only the favourites
}

type formView struct {
	Title   string           `json:"title"`
	Hint    string           `json:"hint"`
	Problem string           `json:"problem"`
	Devices []choice         `json:"devices"`
	Device  string           `json:"device"`
	Search  bool             `json:"search"`
	Groups  []choice         `json:"groups"`
	Group   string           `json:"group"`
	Inputs  []map[string]any `json:"inputs"`
	Sets    []actionSet      `json:"sets"`
	Others  []action         `json:"others"`
}

type choice struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

type actionSet struct {
	Title   string   `json:"title"`
	Actions []action `json:"actions"`
}

// Form draws the form: devices, the inputs of the query that was chosen, and a button for each query. Without
// devices there is nothing to choose from, and the reply says so.
func (p *Page) Form(f Form) chat.Reply {
	if f.Inventory.Len() == 0 {
		return p.noDevices(f)
	}
	f.Problem = clip(f.Problem, maxSentence)
	view := formView{
		Title: "Query your network", Problem: Escape(f.Problem), Device: f.Device, Group: f.Group,
		Inputs: []map[string]any{}, Devices: []choice{}, Groups: []choice{},
	}
	f.devices(&view)
	if f.Query != nil && len(f.Query.Inputs) > 0 {
		view.Title = f.Query.Title
		offered := f.Inputs
		if offered == nil {
			offered = f.Query.Inputs
		}
		for _, in := range offered {
			entered, ok := f.Entered[in.ID]
			if !ok {
				entered = in.Value
			}
			problem := f.Problems[in.ID]
			if f.Asked {
				problem = ""
			}
			view.Inputs = append(view.Inputs, in.Elements(entered, problem)...)
		}
	}
	view.Sets = p.sets(f)
	view.Others = []action{p.button("Help", button.Press{Do: button.Help})}
	if !f.All && len(f.Catalog.All()) > len(f.offered()) {
		more := p.button("More queries", button.Press{Do: button.More, Device: f.Device})
		view.Others = slices.Insert(view.Others, 0, more)
	}
	example := f.example()
	view.Hint = "Choose a device and press a button, or type " + Code(example) + "."
	if old := stale(f.Inventory); old != "" {
		view.Hint += " " + old
	}
	reply := p.reply("form", view, f.text(example))
	if reply.Err == nil {
		reply.Err = f.err()
	}
	return reply
}

// noDevices draws the reply to somebody who can query no device.
func (p *Page) noDevices(f Form) chat.Reply {
	hint := "The inventory is empty, or the access rules permit you no device in this space. Ask the operators of this bot."
	if old := stale(f.Inventory); old != "" {
		hint = old + " " + hint
	}
	return p.Error(&fault.Error{Kind: fault.NotFound, Message: noDevices + ".", Hint: hint}, nil)
}

// devices fills in the drop-down, or in large inventories the search field and the groups.
func (f Form) devices(view *formView) {
	all := f.Inventory.All()
	if f.Inventory.Len() > MaxChoices {
		view.Search = true
		for _, g := range f.Inventory.Groups()[:min(MaxChoices, len(f.Inventory.Groups()))] {
			view.Groups = append(view.Groups, choice{fmt.Sprintf("%s (%s)", g.Name, thousands(g.Count)), g.Name})
		}
		if f.Group == "" {
			return
		}
		all = f.Inventory.InGroup(f.Group)
	}
	var list []choice
	for d := range all {
		if len(list) == MaxChoices {
			return // a group too large for a drop-down is searched as well
		}
		list = append(list, choice{deviceTitle(d), d.Name})
	}
	list = append(list, f.groupChoices(MaxChoices-len(list))...)
	if len(list) > 0 {
		view.Devices, view.Search, view.Groups = list, false, []choice{}
		if !slices.ContainsFunc(list, func(c choice) bool { return c.Value == view.Device }) {
			view.Device = ""
		}
	}
}

// groupChoices offers all devices of a group as one choice: of the chosen group, or in small inventories of
// every group with more than one device.
func (f Form) groupChoices(most int) (list []choice) {
	for _, g := range f.Inventory.Groups() {
		if len(list) < most && g.Count > 1 && (f.Group == "" || strings.EqualFold(f.Group, g.Name)) {
			list = append(list, choice{fmt.Sprintf("All of %s (%s)", g.Name, count(g.Count, "device")), g.Selector()})
		}
	}
	return list
}

func deviceTitle(d inventory.Device) string {
	if len(d.Groups) == 0 {
		return d.Name
	}
	return d.Name + " · " + strings.Join(d.Groups, ", ")
}

// offered returns the queries of the first row of buttons: the chosen one, then favourites.
func (f Form) offered() []*query.Template {
	if f.Query != nil && len(f.Query.Inputs) > 0 {
		return []*query.Template{f.Query}
	}
	var list []*query.Template
	if f.Query != nil {
		list = append(list, f.Query)
	}
	for _, t := range f.Catalog.All() {
		if len(list) < maxActions && t != f.Query {
			list = append(list, t)
		}
	}
	return list
}

func (p *Page) sets(f Form) []actionSet {
	press := func(t *query.Template) action {
		b := p.button(t.Title, button.Press{Do: button.Run, Query: t.Name})
		if t == f.Query {
			b.Style = "positive"
		}
		return b
	}
	var sets []actionSet
	group := "" // of the last set; one of many queries takes several sets under one title
	add := func(title string, t *query.Template) {
		last := len(sets) - 1
		switch {
		case last < 0 || group != title:
			sets, group = append(sets, actionSet{Title: title}), title
			last++
		case len(sets[last].Actions) == maxActions:
			sets = append(sets, actionSet{})
			last++
		}
		sets[last].Actions = append(sets[last].Actions, press(t))
	}
	if !f.All {
		for _, t := range f.offered() {
			add("", t)
		}
		return sets
	}
	byGroup := slices.Clone(f.Catalog.All())
	slices.SortStableFunc(byGroup, func(a, b *query.Template) int { return strings.Compare(a.Group, b.Group) })
	for _, t := range byGroup {
		add(t.Group, t)
	}
	return sets
}

// example returns a query that works when typed: with the chosen device, if there is such a device.
func (f Form) example() string {
	t := f.Query
	if t == nil && len(f.Catalog.All()) > 0 {
		t = f.Catalog.All()[0]
	}
	if t == nil {
		return "help"
	}
	q := query.Run{Template: t, Values: form.Values{}}
	for _, in := range t.Inputs {
		q.Values[in.ID] = strings.ToUpper(in.ID)
	}
	if _, err := f.Inventory.Select(f.Device); err == nil {
		q.Device.Name = f.Device
		return q.Typed()
	}
	for d := range f.Inventory.All() {
		q.Device = d
		break
	}
	return q.Typed()
}

func (f Form) text(example string) string {
	var b strings.Builder
	if f.Problem != "" {
		b.WriteString(Escape(f.Problem) + "\n\n")
	}
	for _, in := range inputsOf(f.Query) {
		if say := f.Problems[in.ID]; say != "" {
			b.WriteString("- " + Escape(say) + "\n")
		}
	}
	if len(f.Problems) > 0 {
		b.WriteString("\n") // else the next sentence would belong to the last item
	}
	b.WriteString("Type a query and a device, such as " + Code(example) + ". " + listing)
	return b.String()
}

// listing says how to list what can be typed.
const listing = "Type `help` for queries, `devices` for devices."

// err returns why the form is the reply instead of a result, or nil when the form was wanted.
func (f Form) err() error {
	say := []string{}
	if f.Problem != "" {
		say = append(say, f.Problem)
	}
	for _, in := range inputsOf(f.Query) {
		if p := f.Problems[in.ID]; p != "" {
			say = append(say, p)
		}
	}
	if len(say) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Message: strings.Join(say, " "), Hint: strings.ReplaceAll(listing, "`", "")}
}

func inputsOf(t *query.Template) []form.Input {
	if t == nil {
		return nil
	}
	return t.Inputs
}
