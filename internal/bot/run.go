package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// run runs a command, and adds the record of it to the reply. Of inputs that aren't right there is a form.
func (s *session) run(ctx context.Context, c command) chat.Reply {
	values, problems := form.Read(c.query.Inputs, c.inputs)
	if len(problems) > 0 {
		f := s.form(ctx, c.query, c.devices, c.target, "")
		f.Entered, f.Problems = form.Entered(c.query.Inputs, c.inputs), problems
		// Nobody who only pressed the button, or named the query, has made a mistake yet.
		f.Asked = !slices.ContainsFunc(c.query.Inputs, func(in form.Input) bool { return f.Entered[in.ID] != "" })
		return s.page.Form(f)
	}
	if err := lacking(c); err != nil {
		return s.page.Error(err, nil)
	}
	s.o.Activity.describe(s.event, c.query, c.devices)
	reply := s.execute(ctx, c, values)
	reply.Run = s.record(c, values)
	return reply
}

// lacking returns an error if the filter has a condition on a fact that the query has for none of the devices:
// no row could match it, which would look as if there were none.
func lacking(c command) error {
	lacks, titles := "", []string{}
	for _, d := range c.devices {
		facts := c.query.Facts(d.Platform)
		for _, f := range facts {
			if !slices.Contains(titles, f.Title) {
				titles = append(titles, f.Title)
			}
		}
		if lacks = c.filter.Lacks(facts); lacks == "" || facts == nil {
			return nil
		}
	}
	return &fault.Error{
		Kind: fault.Invalid, Message: fmt.Sprintf("%s has no fact \"%s\".", c.query.Title, lacks),
		Hint: "It has " + strings.Join(titles, ", ") + ". For a text that rows contain, put quotes around it.",
	}
}

// execute runs a command with checked values, within the limits. Values that were typed get the device's
// spelling.
func (s *session) execute(ctx context.Context, c command, values form.Values) chat.Reply {
	if err := s.o.Limits.CountRun(s.who, s.room.ID); err != nil {
		return s.page.Error(err, nil)
	}
	if len(c.devices) > 1 {
		return s.survey(ctx, query.Survey{
			Template: c.query, Target: c.target, Devices: c.devices, Values: values, Filter: c.filter, Question: c.question,
			Allow: func(d inventory.Device) error { return s.allow(c.query, d) },
		}, c)
	}
	if err := s.scope.may(c.query, c.devices[0]); err != nil {
		return s.page.Error(err, nil)
	}
	if c.typed {
		s.spell(ctx, c, values)
	}
	run := query.Run{Template: c.query, Device: c.devices[0], Values: values, Filter: c.filter, Question: c.question}
	if !c.compare && c.format == "" {
		return s.result(ctx, run, c)
	}
	if err := s.o.Limits.CountDevice(run.Device.Name); err != nil {
		return s.page.Error(err, nil)
	}
	if c.compare {
		return s.compare(ctx, run, c)
	}
	return s.file(run, c.format)
}

// allow counts a run on a device; the error is why it can't be.
func (s *session) allow(t *query.Template, d inventory.Device) error {
	if err := s.scope.may(t, d); err != nil {
		return err
	}
	return s.o.Limits.CountDevice(d.Name)
}
