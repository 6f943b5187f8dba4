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

type (
	resultView struct {
		Title   string      `json:"title"`
		Device  string      `json:"device"`
		Summary string      `json:"summary"`
		Empty   string      `json:"empty"`
		Note    string      `json:"note"`
		Rows    []rowView   `json:"rows"`
		More    string      `json:"more"`
		Cut     string      `json:"cut"`
		Search  bool        `json:"search"`
		Filter  string      `json:"filter"`
		Pages   []pressView `json:"pages"`
		Typed   string      `json:"typed"`
		Actions []pressView `json:"actions"`
	}
	rowView struct {
		Heading string     `json:"heading"`
		State   string     `json:"state"`
		Colour  colour     `json:"colour"`
		Facts   []factView `json:"facts"`
	}
	colour   string
	factView struct {
		Title string `json:"title"`
		Value string `json:"value"`
	}
	pressView struct {
		Title string            `json:"title"`
		Style string            `json:"style"`
		Data  map[string]string `json:"data"`
	}
)

// resultData is the first page of an answer: ten rows with five facts each.
func resultData() resultView {
	view := resultView{
		Title: "Interfaces", Device: "edge-1.ghent", Summary: "57 rows · 2026-01-31 15:04:05 UTC · took 230 ms",
		More: "1 to 10 of 57 rows.", Search: true, Typed: "Typed: `interfaces edge-1.ghent`",
	}
	for i := range 10 {
		row := rowView{Heading: fmt.Sprintf("GigabitEthernet0/0/%d", i), State: "up", Colour: "Good"}
		for _, title := range []string{"Description", "Address", "Speed", "Errors in", "Errors out"} {
			row.Facts = append(row.Facts, factView{Title: title, Value: fmt.Sprintf("%s of %d", title, i)})
		}
		view.Rows = append(view.Rows, row)
	}
	for _, title := range []string{"Filter", "Next"} {
		view.Pages = append(view.Pages, press(title))
	}
	for _, title := range []string{"Refresh", "Compare", "All rows (CSV)", "All rows (JSON)", "Another device"} {
		view.Actions = append(view.Actions, press(title))
	}
	return view
}

func press(title string) pressView {
	return pressView{Title: title, Style: "default", Data: map[string]string{
		"_ow": "1", "_do": "run", "_query": "interfaces", "_device": "edge-1.ghent", "_answer": "b3c1d7f0a9", "_thread": "Y2lzY29zcGFyazovL3Vz",
	}}
}

// BenchmarkExpand makes a whole card, from the view to the checked JSON.
func BenchmarkExpand(b *testing.B) {
	set, err := cards.Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	data := resultData()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Expand("result", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	set, err := cards.Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	card, err := set.Expand("result", resultData())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(card)))
	b.ReportAllocs()
	for b.Loop() {
		if problems := cards.Check(card); problems != nil {
			b.Fatal(problems)
		}
	}
}

// BenchmarkTemplate expands a long list without the check.
func BenchmarkTemplate(b *testing.B) {
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
