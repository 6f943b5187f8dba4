package bot

import (
	"context"
	"errors"
	"io"
	"sync"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// errCancelled ends a survey that somebody stopped.
var errCancelled = &fault.Error{Kind: fault.Unavailable, Message: "It was stopped before there was an answer."}

// survey asks several devices and sums up what became of each, or sends all rows in one file.
func (b *Bot) survey(ctx context.Context, s query.Survey, r request, working func(chat.Reply)) chat.Reply {
	if r.compare {
		f := b.form(ctx, s.Template, nil, "", "Compare two devices, or one with its own answer before: "+
			"write diff, a query, and one device or two.")
		return b.page.Form(f)
	}
	progress := render.Progress{}
	for _, d := range s.Devices {
		progress.Devices = append(progress.Devices, d.Name)
	}
	if r.format != "" {
		working(b.page.Progress(progress))
		return b.surveyFile(s, r)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	b.Surveys.begin(r.id, r.room, func() { stop(errCancelled) })
	defer b.Surveys.end(r.id)
	progress.Run = r.id
	working(b.page.Progress(progress))
	began := b.Now()
	outcomes := b.Runner.Survey(ctx, s, func(query.DeviceResult) {
		progress.Done++
		working(b.page.Progress(progress))
	})
	return b.page.Survey(s, outcomes, b.Now().Sub(began), errors.Is(context.Cause(ctx), errCancelled))
}

func (b *Bot) surveyFile(s query.Survey, r request) chat.Reply {
	reply := b.attach(s.Template, s.Target, r.format, func(ctx context.Context, w io.Writer) error {
		return b.Runner.WriteSurvey(ctx, s, query.Format(r.format), w)
	})
	reply.Thread = b.thread
	reply.File.Failed = func(err error) chat.Reply { return b.page.Error(err, nil) }
	return reply
}

// Surveys are those that run, by the id of the question. Bots that follow each other share them.
type Surveys struct {
	mu      sync.Mutex
	running map[string]running
	stopped map[string]bool // ids of what stopped one, until it is handled in its turn
}

type running struct {
	room string
	stop func()
}

// NewSurveys returns none.
func NewSurveys() *Surveys {
	return &Surveys{running: map[string]running{}, stopped: map[string]bool{}}
}

func (s *Surveys) begin(id, room string, stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[id] = running{room, stop}
}

func (s *Surveys) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

// maxStopped bounds what is remembered, should the turn of some never come.
const maxStopped = 1000

// stop ends the survey of that id, or with an empty one all of the space; by is what was heard.
func (s *Surveys) stop(id, room, by string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for survey, r := range s.running {
		if r.room != room || (id != "" && id != survey) {
			continue
		}
		r.stop()
		if len(s.stopped) == maxStopped {
			clear(s.stopped)
		}
		s.stopped[by] = true
	}
}

// handled reports whether what was heard has stopped something already.
func (s *Surveys) handled(by string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer delete(s.stopped, by)
	return s.stopped[by]
}

// Interrupt looks at what was heard while something else of the same space is being answered, before
// its turn comes: a wish to stop can't wait. Everything else is left for its turn, when Handle gets
// all of it.
func (b *Bot) Interrupt(ev chat.Content) {
	switch ev := ev.(type) {
	case chat.Message:
		if b.words.understand(ev.Text).do == button.Cancel {
			b.Surveys.stop("", ev.Room.ID, ev.ID)
		}
	case chat.Submission:
		if p, err := button.Read(ev.Inputs); err == nil && p.Do == button.Cancel && p.Survey != "" && b.unsealed(ev) == nil {
			b.Surveys.stop(p.Survey, ev.Room.ID, ev.ID)
		}
	}
}

// cancelled answers a wish to stop in its turn: by then it has been granted, or there was nothing to
// stop.
func (b *Bot) cancelled(by string) []chat.Reply {
	if b.Surveys.handled(by) {
		return nil
	}
	return one(b.page.Text("Nothing is being asked just now."))
}
