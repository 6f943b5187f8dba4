package render

import (
	"fmt"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/inventory"
)

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

// Devices lists the devices that can be queried. Their addresses aren't shown in a chat.
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
			view.More = fmt.Sprintf("And %s more: type the beginning of a name.", thousands(inv.Len()-maxListed))
			break
		}
		about := strings.Join(append([]string{d.Platform}, d.Groups...), " · ")
		view.Devices = append(view.Devices, deviceView{Escape(d.Name), Escape(about)})
		text += "\n- **" + Escape(d.Name) + "**: " + Escape(about)
	}
	if inv.Len() == 0 {
		view.More = noDevices + "."
	}
	if view.More != "" {
		text += "\n\n" + view.More
	}
	return p.reply("devices", view, text)
}

// stale says which devices may be outdated because their source is down, or nothing.
func stale(inv *inventory.Inventory) string {
	var say []string
	for _, s := range inv.Stale() {
		say = append(say, fmt.Sprintf("%s is out of date: its %s are as of %s.",
			Escape(s.Source), count(s.Devices, "device"), s.At.UTC().Format("2006-01-02 15:04 UTC")))
	}
	return strings.Join(say, " ")
}
