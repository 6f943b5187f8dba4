package bot

import (
	"slices"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// maxLikely is how many suggestions fit beside the button to the form.
const maxLikely = 4

// likely returns what may have been meant by a text that can't be run.
func (s *scope) likely(in phrase.Reading) []render.Suggestion {
	var found []render.Suggestion
	for _, c := range in.Choices {
		found = append(found, choose(c, in))
	}
	for _, word := range in.Unknown {
		switch {
		case len(in.Choices) > 0:
		case in.Query != nil && len(in.Devices) == 0:
			found = append(found, s.devicesLike(in.Query, word, in.Inputs)...)
		case in.Query == nil:
			for _, t := range s.catalog.Similar(word, maxLikely) {
				found = append(found, s.queryWith(t, in, word)...)
			}
		}
	}
	if in.Query != nil && len(in.Devices) > 0 && len(in.Choices) == 0 {
		found = append(found, suggest(in.Query, in.Target(), in.Inputs, in.Filter))
		for _, word := range in.Unknown {
			found = append(found, suggest(in.Query, in.Target(), in.Inputs, in.Filter.Then(query.ParseFilter(word))))
		}
	}
	found = slices.CompactFunc(found, func(a, b render.Suggestion) bool { return a.Title == b.Title })
	if in.Follows {
		return found
	}
	return found[:min(len(found), maxLikely)]
}

// choose suggests a command: on the devices of in, or on one that is chosen then.
func choose(c phrase.Choice, in phrase.Reading) render.Suggestion {
	if len(in.Devices) == 0 {
		return render.Suggestion{Title: c.Typed, Press: button.Press{Do: button.Form, Query: c.Query.Name}}
	}
	press := suggest(c.Query, in.Target(), nil, in.Filter).Press
	return render.Suggestion{Title: c.Typed, Press: press}
}

// queryWith suggests t, with the devices of in, or with those that another unknown word may mean.
func (s *scope) queryWith(t *query.Template, in phrase.Reading, word string) []render.Suggestion {
	if len(in.Devices) > 0 {
		return []render.Suggestion{suggest(t, in.Target(), nil, query.Filter{})}
	}
	for _, other := range in.Unknown {
		if likely := s.devicesLike(t, other, nil); other != word && len(likely) > 0 {
			return likely
		}
	}
	return []render.Suggestion{{Title: t.Title, Press: button.Press{Do: button.Form, Query: t.Name}}}
}

// devicesLike suggests to run t on the devices that a mistyped name may mean.
func (s *scope) devicesLike(t *query.Template, word string, inputs map[string]any) []render.Suggestion {
	var found []render.Suggestion
	for _, d := range s.inventory.Similar(word, maxLikely) {
		found = append(found, suggest(t, d.Name, inputs, query.Filter{}))
	}
	return found
}

func suggest(t *query.Template, device string, inputs map[string]any, filter query.Filter) render.Suggestion {
	run := query.Run{Template: t, Device: inventory.Device{Name: device}, Values: form.Entered(t.Inputs, inputs), Filter: filter}
	return render.Suggestion{Title: run.Typed(), Press: run.Press()}
}
