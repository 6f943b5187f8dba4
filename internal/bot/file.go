package bot

import (
	"context"
	"fmt"
	"io"
	"strings"

	"overwatch/internal/chat"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// file replies with all rows of a device, which are written while the file is sent.
func (s *session) file(run query.Run, format string) chat.Reply {
	s.working(s.progress(0, run.Device.Name))
	survey := query.Survey{Template: run.Template, Target: run.Device.Name, Devices: []inventory.Device{run.Device}}
	return s.attach(survey, format, &run, func(ctx context.Context, w io.Writer) error {
		return s.o.Runner.Write(ctx, run, query.Format(format), w)
	})
}

// surveyFile replies with all rows of several devices.
func (s *session) surveyFile(survey query.Survey, format string) chat.Reply {
	return s.attach(survey, format, nil, func(ctx context.Context, w io.Writer) error {
		return s.o.Runner.WriteSurvey(ctx, survey, query.Format(format), w)
	})
}

// attach returns the reply with a file. If it can't be written, the reason is drawn instead, with retry if
// that isn't nil. The run can be cancelled while the file is written.
func (s *session) attach(survey query.Survey, format string, retry *query.Run, write func(context.Context, io.Writer) error) chat.Reply {
	t := survey.Template
	reply := s.page.Text(fmt.Sprintf("All rows of **%s** on **%s**.", render.Escape(t.Title), render.Escape(survey.Target)))
	var written context.Context
	reply.File = &chat.File{
		Name: fmt.Sprintf("%s-%s-%s.%s", fileName(survey.Target), t.Name, s.o.Now().UTC().Format("20060102-150405"), format),
		Type: query.Format(format).MediaType(),
		Write: func(ctx context.Context, w io.Writer) error {
			ctx, end := s.cancellable(ctx)
			defer end()
			s.o.Activity.describe(s.event, t, survey.Devices)
			written = ctx
			return write(ctx, w)
		},
		Failed: func(err error) chat.Reply { return s.failed(written, err, retry) },
	}
	return reply
}

// fileName returns what a file may be called that is about target.
func fileName(target string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?[],`, r) {
			return '-'
		}
		return r
	}, target)
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60])
	}
	return name
}
