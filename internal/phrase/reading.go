package phrase

import (
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// Reading is what a text means: a form, unless something better was understood.
type Reading struct {
	Do       button.Do // Form, Run or what one of the bot's own words does
	Query    *query.Template
	Devices  []inventory.Device
	Targets  []string // what named the devices
	Inputs   map[string]any
	Format   string
	Filter   query.Filter
	Question query.Question
	Compare  bool

	Unknown []string // words that have no place; nothing is run while there are any
	Say     string   // a sentence about a text that can't be run, or nothing if there is none better than Unknown
	Choices []Choice // what may have been meant, or what may follow
	Follows bool     // the choices are what may follow a command that isn't complete, as behind a question mark
}

// Choice is a command that a person may go on with.
type Choice struct {
	Typed string // the command, such as show ip route
	Query *query.Template
}

// Target returns the text that names the devices.
func (r Reading) Target() string { return strings.Join(r.Targets, ",") }

// add adds what named devices, once.
func (r *Reading) add(target string) {
	if !slices.Contains(r.Targets, target) {
		r.Targets = append(r.Targets, target)
	}
}

// unserved sets the sentence and the queries of a row of unserved, of those that the grammar has.
func (r *Reading) unserved(g *Grammar, row int) {
	r.Say = unserved[row].say
	for _, name := range unserved[row].instead {
		if t, ok := g.catalog.Get(name); ok {
			r.Choices = append(r.Choices, Choice{t.Word(), t})
		}
	}
}
