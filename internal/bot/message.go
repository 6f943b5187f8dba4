package bot

import (
	"cmp"
	"context"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// message replies to a text. Rows go into a file of that format, unless the text names another one.
func (s *session) message(ctx context.Context, text, format string) []chat.Reply {
	in := s.scope.understand(text)
	switch in.do {
	case button.Cancel:
		return s.cancel()
	case button.Help, button.Devices, button.History:
		return []chat.Reply{s.list(in.do)}
	}
	if err := s.scope.empty(); err != nil {
		return []chat.Reply{s.page.Error(err, nil)}
	}
	if in.do == button.Run {
		c := in.command()
		c.format = cmp.Or(c.format, format)
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
func (s *session) ask(ctx context.Context, in intent, text string) chat.Reply {
	problem := in.advice(text)
	if problem == "" && len(in.unknown) > 0 {
		named := in.query
		if len(in.devices) > 0 {
			named = nil // then it isn't a device that is missing
		}
		why := s.scope.unknown(named, strings.Join(in.unknown, " "))
		likely := s.scope.likely(in)
		switch {
		case len(likely) > 0:
			return s.page.DidYouMean(why, likely)
		case in.query == nil && len(in.devices) == 0: // somebody says hello
		case fault.Of(why) == fault.Denied:
			return s.page.Error(why, nil)
		default:
			problem, _ = fault.Text(why)
		}
	}
	return s.page.Form(s.form(ctx, in.query, in.devices, in.target(), problem))
}
