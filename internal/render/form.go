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

// Form is what a form is made of.
type Form struct {
	Inventory *inventory.Inventory
	Catalog   *query.Catalog
	Query     *query.Template   // the query to ask, ready as the first button; may be nil
	Inputs    []form.Input      // its inputs, where they offer more than the template says; may be nil
	Device    string            // what is chosen already
	Group     string            // only devices of this group, in large inventories
	Entered   map[string]string // what stands in the query's inputs
	Problem   string            // what was wrong with what was entered, or empty
	Problems  form.Errors       // the same by input
	Asked     bool              // nothing was entered yet, so that nothing is wrong with it
	All       bool              // every query, by group, rather than the favourites
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

// Form draws the form: devices, the inputs of the query that is ready, and a button for each query.
func (p *Page) Form(f Form) chat.Reply {
	f.Problem = clip(f.Problem, maxSentence)
	view := formView{
		Title: "Ask your network", Problem: Escape(f.Problem), Device: f.Device, Group: f.Group,
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
	view.Hint = "Pick a device and press a button, or write " + Code(example) + "."
	if old := stale(f.Inventory); old != "" {
		view.Hint += " " + old
	}
	reply := p.reply("form", view, f.text(example))
	if reply.Err == nil {
		reply.Err = f.err()
	}
	return reply
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

// groupChoices offers to ask all devices of a group: of the one that is looked at, or in small
// inventories of every group with more than one.
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

// offered are the queries of the first set: the ready one, then favourites.
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

// example is something that can be typed right away.
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
	q.Device.Name = f.Device
	for d := range f.Inventory.All() {
		if q.Device.Name == "" {
			q.Device = d
		}
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
	b.WriteString("Write a query and a device, such as " + Code(example) + ". Write `help` to see what can be asked, `devices` to see whom.")
	return b.String()
}

// err says why the form is shown instead of an answer, or nil when it was asked for.
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
	return &fault.Error{Kind: fault.Invalid, Message: strings.Join(say, " "), Hint: "Write help to see what can be asked, devices to see whom."}
}

func inputsOf(t *query.Template) []form.Input {
	if t == nil {
		return nil
	}
	return t.Inputs
}
