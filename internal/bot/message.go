package bot

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
)

// message replies to a text. Rows go into a file of that format, unless the text names another one.
func (s *session) message(ctx context.Context, text, format string) []chat.Reply {
	in := s.scope.grammar.Read(text)
	switch in.Do {
	case button.Cancel:
		return s.cancel()
	case button.Help, button.Devices, button.History:
		return []chat.Reply{s.list(in.Do)}
	}
	if err := s.scope.empty(); err != nil {
		return []chat.Reply{s.page.Error(err, nil)}
	}
	if in.Do == button.Run {
		c := commandOf(in)
		if c.format = cmp.Or(c.format, format); c.format == string(query.Text) && (c.question.Kind != "" || c.filter.Counts()) {
			c.format = "" // lines of a table have no room for the answer
		}
		return []chat.Reply{s.run(ctx, c)}
	}
	reply := s.ask(ctx, in, text)
	reply.Run = s.refused(text)
	return []chat.Reply{reply}
}

// list replies with what one of the bot's own words or buttons lists.
func (s *session) list(do button.Do) chat.Reply {
	switch do {
	case button.Devices:
		return s.page.Devices(s.scope.inventory)
	case button.History:
		return s.history()
	}
	return s.page.Help(s.scope.catalog, s.scope.inventory.Len())
}

// ask replies to a text that is no complete command: with what may have been meant, or the form.
func (s *session) ask(ctx context.Context, in phrase.Reading, text string) chat.Reply {
	why := s.scope.why(in, text)
	likely := s.scope.likely(in)
	switch {
	case in.Follows:
		return s.page.Choices(in.Say, likely)
	case why != nil && len(likely) > 0:
		return s.page.DidYouMean(why, likely)
	case why != nil && in.Say == "" && fault.Of(why) == fault.Denied && (in.Query != nil || len(in.Devices) > 0):
		return s.page.Error(why, nil)
	}
	problem := ""
	if why != nil && (in.Say != "" || in.Query != nil || len(in.Devices) > 0) { // else somebody says hello
		problem, _ = fault.Text(why)
	}
	return s.page.Form(s.form(ctx, in.Query, in.Devices, in.Target(), problem))
}

// why returns why a text can't be run, or nil where only a choice is missing.
func (s *scope) why(in phrase.Reading, text string) error {
	switch {
	case in.Say != "":
		return &fault.Error{Kind: fault.Invalid, Message: in.Say}
	case len(in.Unknown) > 0 && len(in.Devices) > 0 && in.Query != nil && !s.limited:
		return &fault.Error{
			Kind: fault.NotFound, Message: fmt.Sprintf("I can't place \"%s\" in %s.", strings.Join(in.Unknown, " "), in.Query.Title), Hint: "Type help for queries, devices for devices.",
		}
	case len(in.Unknown) > 0 && len(in.Devices) > 0:
		return s.unknown(nil, strings.Join(in.Unknown, " ")) // it isn't a device that is missing
	case len(in.Unknown) > 0:
		return s.unknown(in.Query, strings.Join(in.Unknown, " "))
	}
	before, _, _ := strings.Cut(phrase.Clean(text), "|")
	switch {
	case in.Query != nil && len(in.Devices) == 0 && strings.Contains(before, "*"):
		return &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("A pattern needs a letter or a digit. For all devices, type %s group:all.", in.Query.Word())}
	case in.Query == nil && len(in.Devices) > 0 && len(phrase.Tokens(before)) > 1:
		return &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("Which query? Pick one for %s below.", in.Target())}
	}
	return nil
}
