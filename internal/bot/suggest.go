package bot

import (
	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// maxLikely is how many suggestions fit beside the button to the form.
const maxLikely = 4

// likely returns what may have been meant by the words of in that mean nothing.
func (s *scope) likely(in intent) []render.Suggestion {
	var found []render.Suggestion
	for _, word := range in.unknown {
		switch {
		case in.query != nil && len(in.devices) == 0:
			found = append(found, s.devicesLike(in.query, word, in.inputs)...)
		case in.query == nil:
			for _, t := range s.catalog.Similar(word, maxLikely) {
				found = append(found, s.queryWith(t, in, word)...)
			}
		}
	}
	return found[:min(len(found), maxLikely)]
}

// queryWith suggests t, with the devices of in, or with those that another unknown word may mean.
func (s *scope) queryWith(t *query.Template, in intent, word string) []render.Suggestion {
	if len(in.devices) > 0 {
		return []render.Suggestion{suggest(t, in.target(), nil)}
	}
	for _, other := range in.unknown {
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
		found = append(found, suggest(t, d.Name, inputs))
	}
	return found
}

func suggest(t *query.Template, device string, inputs map[string]any) render.Suggestion {
	run := query.Run{Template: t, Device: inventory.Device{Name: device}, Values: form.Entered(t.Inputs, inputs)}
	return render.Suggestion{Title: run.Typed(), Press: run.Press()}
}
