package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
)

// Run is a query for one device, with checked values of its inputs.
type Run struct {
	Template *Template
	Device   inventory.Device
	Values   form.Values
	Filter   Filter
	Question Question
}

// Typed returns the text that runs the same query when typed.
func (q Run) Typed() string { return typed(q.Template, q.Values, q.Device.Name, q.Filter) }

func typed(t *Template, values form.Values, target string, f Filter) string {
	words := []string{t.Word()}
	for i, in := range t.Inputs {
		switch v := values[in.ID]; {
		case v == "" || v == in.Value:
		case i == 0:
			words = append(words, v)
		default: // the ones before it may have been left out
			words = append(words, in.ID, v)
		}
	}
	words = append(words, target)
	if !f.Empty() {
		words = append(words, "|", f.Text())
	}
	return strings.Join(words, " ")
}

// Press returns the press of a button that runs the same query.
func (q Run) Press() button.Press {
	return press(q.Template, q.Values, q.Device.Name, q.Filter, q.Question)
}

func press(t *Template, values form.Values, target string, f Filter, question Question) button.Press {
	p := button.Press{
		Do: button.Run, Query: t.Name, Device: target, Filter: f.Text(), Question: question.Text(), Inputs: map[string]any{},
	}
	for id, v := range values {
		p.Inputs[id] = v
	}
	return p
}

// Key returns letters and digits that are the same for runs with the same rows: one query on one device with
// the same values, whatever the filter.
func (q Run) Key() string {
	h := sha256.New()
	part := func(s string) { fmt.Fprintf(h, "%d:%s", len(s), s) }
	part(q.Template.Name)
	part(q.Device.Platform)
	part(q.Device.Name)
	for _, id := range slices.Sorted(maps.Keys(q.Values)) {
		part(id)
		part(q.Values[id])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Facts returns the columns of the result.
func (q Run) Facts() []Fact { return q.Template.Facts(q.Device.Platform) }
