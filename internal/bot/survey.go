package bot

import (
	"context"
	"errors"

	"overwatch/internal/chat"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// survey runs a query on several devices and draws what became of each, or sends all rows in one file.
func (s *session) survey(ctx context.Context, survey query.Survey, c command) chat.Reply {
	if c.compare {
		return s.page.Form(s.form(ctx, survey.Template, nil, "", "To compare, type diff, a query, and one device or two."))
	}
	names := deviceNames(survey.Devices)
	s.working(s.progress(0, names...))
	if c.format != "" {
		return s.surveyFile(survey, c.format)
	}
	began, done := s.o.Now(), 0
	outcomes := s.o.Runner.Survey(ctx, survey, func(query.DeviceResult) {
		done++
		s.working(s.progress(done, names...))
	})
	return s.page.Survey(survey, outcomes, s.o.Now().Sub(began), errors.Is(context.Cause(ctx), errCancelled))
}

func deviceNames(devices []inventory.Device) []string {
	names := make([]string, len(devices))
	for i, d := range devices {
		names[i] = d.Name
	}
	return names
}
