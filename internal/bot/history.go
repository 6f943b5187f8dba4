package bot

import (
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/form"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// How many runs are listed, of how many that are looked at.
const (
	maxHistory = 10
	maxPast    = 100
)

// history lists the person's latest runs, as far as they may still run them: in a space with others, those
// of that space.
func (s *session) history() chat.Reply {
	var past []render.Past
	if s.o.History != nil {
		for _, p := range s.o.History(s.who, maxPast) {
			if len(past) == maxHistory {
				break
			}
			if !s.room.Direct && p.Room != s.room.ID {
				continue
			}
			if again, ok := s.again(p.Run); ok {
				again.At, again.Outcome = p.At, p.Outcome
				past = append(past, again)
			}
		}
	}
	return s.page.History(past)
}

// again returns a recorded run as it can be run again, if its query and devices are in scope.
func (s *session) again(r chat.Run) (render.Past, bool) {
	t, known := s.scope.catalog.Get(r.Query)
	target, with := r.Target, ""
	if r.Compare && len(r.Devices) == 2 {
		target, with = r.Devices[0], r.Devices[1]
		if _, err := s.scope.inventory.Select(with); err != nil {
			return render.Past{}, false
		}
	}
	selection, err := s.scope.inventory.Select(target)
	if !known || err != nil {
		return render.Past{}, false
	}
	survey := query.Survey{Template: t, Target: selection.Name, Values: form.Values(r.Inputs), Filter: query.ParseFilter(r.Filter)}
	p := render.Past{Typed: survey.Typed(), Press: survey.Press()}
	switch {
	case r.Compare:
		p.Typed, p.Press.Do, p.Press.With = strings.TrimSpace("diff "+p.Typed+" "+with), button.Compare, with
	case r.Format != "":
		p.Typed, p.Press.Do, p.Press.Format = p.Typed+" "+r.Format, button.File, r.Format
	}
	return p, true
}
