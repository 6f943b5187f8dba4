package cards_test

import (
	"fmt"
	"testing"

	"overwatch/cards"
)

const menu = `{
	"type": "AdaptiveCard", "version": "1.3",
	"body": [
		{"type": "TextBlock", "text": "${title}", "wrap": true, "size": "Medium", "weight": "Bolder"},
		{"type": "TextBlock", "$when": "${count(devices) > 20}", "text": "${count(devices)} devices", "wrap": true},
		{"type": "Input.ChoiceSet", "id": "device", "label": "Device", "style": "compact", "isMultiSelect": false, "isRequired": true,
			"errorMessage": "Pick a device.", "choices": [{"$data": "${devices}", "title": "${name} (${site})", "value": "${id}"}]}
	],
	"actions": [{"$data": "${actions}", "type": "Action.Submit", "title": "${title}", "style": "${if($index == 0, 'positive', 'default')}", "data": {"op": "${id}"}}]
}`

// menuData is a menu with 100 devices and five buttons.
func menuData() menuView {
	view := menuView{Title: "Ask the network"}
	for i := range 100 {
		view.Devices = append(view.Devices, deviceView{ID: fmt.Sprintf("r%d", i), Name: fmt.Sprintf("edge-%d", i), Site: "Ghent"})
	}
	for i := range 5 {
		view.Actions = append(view.Actions, actionView{ID: fmt.Sprintf("q%d", i), Title: "Show VRFs"})
	}
	return view
}

type (
	menuView struct {
		Title   string       `json:"title"`
		Devices []deviceView `json:"devices"`
		Actions []actionView `json:"actions"`
	}
	deviceView struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Site string `json:"site"`
	}
	actionView struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
)

func BenchmarkExpand(b *testing.B) {
	tpl, err := cards.Compile("menu.json", []byte(menu))
	if err != nil {
		b.Fatal(err)
	}
	data := menuData()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tpl.Expand(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	tpl, err := cards.Compile("menu.json", []byte(menu))
	if err != nil {
		b.Fatal(err)
	}
	card, err := tpl.Expand(menuData())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if problems := cards.Check(card); problems != nil {
			b.Fatal(problems)
		}
	}
}
