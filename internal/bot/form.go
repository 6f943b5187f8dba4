package bot

import (
	"context"
	"slices"
	"time"

	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// suggestWithin is how long a form waits for values to choose from.
const suggestWithin = 5 * time.Second

// form returns a form for a query, which may be nil. On one chosen device it looks for the values that
// inputs suggest.
func (s *session) form(ctx context.Context, t *query.Template, devices []inventory.Device, target, problem string) render.Form {
	f := render.Form{Inventory: s.scope.inventory, Catalog: s.scope.catalog, Query: t, Device: target, Problem: problem}
	if len(devices) == 1 {
		f.Device = devices[0].Name
	}
	if t == nil {
		return f
	}
	for _, in := range t.Inputs {
		if in.Suggest != nil && len(devices) == 1 {
			if values := s.suggested(ctx, *in.Suggest, devices[0]); len(values) > 0 {
				in = in.Offering(values)
			}
		}
		f.Inputs = append(f.Inputs, in)
	}
	return f
}

// maxSuggestRows bounds the rows that are searched for values to choose from.
const maxSuggestRows = 1000

// suggested reads the values of a fact from a device: at most as many as a drop-down offers. If the device
// doesn't answer there are none, and the person types. People who need the same values at the same time share
// a run.
func (s *session) suggested(ctx context.Context, from form.Suggest, d inventory.Device) (values []string) {
	t, known := s.scope.catalog.Get(from.Query)
	if !known || !slices.Contains(t.Platforms(), d.Platform) || s.scope.may(t, d) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	inputs, _ := form.Read(t.Inputs, nil)
	run := query.Run{Template: t, Device: d, Values: inputs}
	result, _, _, err := s.shared(ctx, run, 0, maxSuggestRows)
	if err != nil {
		s.o.Log.WithError(err).Debug("no values to choose from")
		return nil
	}
	at := slices.IndexFunc(run.Facts(), func(f query.Fact) bool { return f.Title == from.Fact })
	for _, row := range result.Rows {
		if text := row[at].Text; text != "" && !slices.Contains(values, text) && len(values) < render.MaxChoices {
			values = append(values, text)
		}
	}
	return values
}
