package bot

import (
	"overwatch/internal/access"
	"overwatch/internal/chat"
	"overwatch/internal/form"
)

// maxNamed is how many devices of a run are named in its record.
const maxNamed = 20

// record returns what was to be run on which devices, and the decision of the access rules about each.
func (s *session) record(c command, values form.Values) *chat.Run {
	run := &chat.Run{
		Person: s.who, Query: c.query.Name, Target: c.target, Compare: c.compare, Inputs: values, Filter: c.filter.Text(), Format: c.format,
	}
	differ := false
	add := func(device string, d access.Decision) {
		first := len(run.Devices) == 0
		differ = differ || !first && (d.Permitted != run.Decisions[0].Allowed || d.Rule != run.Rule)
		if run.Allowed = run.Allowed || d.Permitted; first {
			run.Rule = d.Rule
		}
		if len(run.Devices) == maxNamed {
			run.MoreDevices++
			return
		}
		run.Devices = append(run.Devices, device)
		run.Decisions = append(run.Decisions, chat.Decision{Device: device, Allowed: d.Permitted, Rule: d.Rule})
	}
	for _, d := range c.devices {
		add(d.Name, s.scope.grant.Decide(named(c.query), d))
	}
	if c.with != "" {
		add(s.decideByName(c))
	}
	if !differ {
		run.Decisions = nil
	}
	return run
}

// decideByName returns the decision about the device to compare with, which may be hidden from the person.
func (s *session) decideByName(c command) (string, access.Decision) {
	selection, err := s.all.inventory.Select(c.with)
	if err != nil || len(selection.Devices) != 1 {
		return c.with, access.Decision{}
	}
	d := selection.Devices[0]
	return d.Name, s.scope.grant.Decide(named(c.query), d)
}

// refused returns the record of a text that names a query and devices of which some are hidden from this
// person; nil if there are none.
func (s *session) refused(text string) *chat.Run {
	if !s.scope.limited {
		return nil
	}
	in := s.all.grammar.ReadExactly(text)
	if in.Query == nil || len(in.Devices) == 0 {
		return nil
	}
	return s.record(commandOf(in), nil)
}
