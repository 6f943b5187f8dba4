package bot

import (
	"overwatch/internal/inventory"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
)

// command is a query with its devices and what to do with the results, before its inputs are checked.
type command struct {
	query    *query.Template
	devices  []inventory.Device
	target   string // what named them
	inputs   map[string]any
	filter   query.Filter
	question query.Question
	format   string // one of query.Formats, in terminals text, or empty for a card
	from     int    // the first row of the page
	one      bool   // the page is one row
	kept     string // the id of the kept result to show again, or to compare
	typed    bool   // the inputs were typed in a message, so their spelling may differ from the device's
	compare  bool
	with     string // the device to compare with; empty for the result before
}

// commandOf returns the command of a text that was understood.
func commandOf(r phrase.Reading) command {
	c := command{
		query: r.Query, devices: r.Devices, target: r.Target(), inputs: r.Inputs, filter: r.Filter, question: r.Question, format: r.Format, compare: r.Compare, typed: true,
	}
	if c.compare && len(c.devices) == 2 {
		c.with, c.devices = c.devices[1].Name, c.devices[:1]
	}
	return c
}
