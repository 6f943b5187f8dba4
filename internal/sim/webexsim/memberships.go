package webexsim

import (
	"net/http"
	"slices"
	"strings"
)

// join adds a person to a space. Call joined to report it.
func (s *Sim) join(r *room, p *Person) *membership {
	m := &membership{id: s.publicID("MEMBERSHIP", p.UUID+":"+r.uuid), room: r, person: p, created: s.tick()}
	r.members = append(r.members, m)
	return m
}

func (s *Sim) joined(m *membership, actor *Person) {
	s.record(Entry{At: m.created, Kind: "membership", RoomID: m.room.id, Data: m.object()})
	s.emit(event{resource: "memberships", name: "created", actor: actor, room: m.room, member: m, data: m.object()})
}

// leave removes a member from a space and reports it.
func (s *Sim) leave(m *membership, actor *Person) {
	s.emit(event{resource: "memberships", name: "deleted", actor: actor, room: m.room, member: m, data: m.object()})
	m.room.members = slices.DeleteFunc(m.room.members, func(x *membership) bool { return x == m })
	s.record(Entry{At: s.tick(), Kind: "membership-deleted", RoomID: m.room.id, Data: m.object()})
}

func listMemberships(c *call) (any, error) {
	query := c.URL.Query()
	personID, email := query.Get("personId"), query.Get("personEmail")
	items := []map[string]any{}
	if query.Get("roomId") == "" {
		if personID != "" || email != "" {
			return nil, badRequest("roomId is required with personId or personEmail.")
		}
		for _, r := range c.sim.rooms {
			if m := r.member(c.who); m != nil {
				items = append(items, m.object())
			}
		}
		return page(c, items)
	}
	r, err := c.sim.room(query.Get("roomId"), c.who)
	if err != nil {
		return nil, err
	}
	id, ok := bareID("PEOPLE", personID)
	if personID != "" && !ok {
		return nil, malformedID()
	}
	for _, m := range r.members {
		if (personID == "" || id == m.person.UUID) && (email == "" || strings.EqualFold(email, m.person.Email)) {
			items = append(items, m.object())
		}
	}
	return page(c, items)
}

func createMembership(c *call) (any, error) {
	var in struct {
		RoomID, PersonID, PersonEmail string
		IsModerator                   bool
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.sim.room(in.RoomID, c.who)
	if err != nil {
		return nil, err
	}
	if in.PersonID == "" && in.PersonEmail == "" {
		return nil, badRequest("Either personId or personEmail is required.")
	}
	p, err := c.sim.recipient(in.PersonID, in.PersonEmail)
	switch {
	case err != nil:
		return nil, err
	case r.direct:
		return nil, badRequest("Nobody can be added to a direct space.")
	case r.member(p) != nil:
		return nil, fail(http.StatusConflict, "Person is already in the room.")
	case !r.moderates(c.who):
		return nil, notModerator()
	}
	m := c.sim.join(r, p)
	m.moderator = in.IsModerator
	c.sim.joined(m, c.who)
	return m.object(), nil
}

// membership returns the membership that the path names.
func (c *call) membership() (*membership, error) {
	for _, r := range c.sim.rooms {
		for _, m := range r.members {
			if m.id == strings.TrimRight(c.PathValue("id"), "=") && r.member(c.who) != nil {
				return m, nil
			}
		}
	}
	return nil, notFound()
}

func getMembership(c *call) (any, error) {
	m, err := c.membership()
	if err != nil {
		return nil, err
	}
	return m.object(), nil
}

// updateMembership makes a member of a group space a moderator or not, and hides a direct space.
func updateMembership(c *call) (any, error) {
	var in struct{ IsModerator, IsRoomHidden *bool }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, err := c.membership()
	if err != nil {
		return nil, err
	}
	moderator := in.IsModerator != nil && *in.IsModerator != m.moderator
	hidden := in.IsRoomHidden != nil && *in.IsRoomHidden != m.hidden
	switch {
	case in.IsModerator == nil && in.IsRoomHidden == nil:
		return nil, badRequest("isModerator or isRoomHidden is required.")
	case moderator && m.room.direct:
		return nil, badRequest("A direct space has no moderators.")
	case moderator && !m.room.moderates(c.who):
		return nil, notModerator()
	case hidden && !m.room.direct:
		return nil, badRequest("Only a direct space can be hidden.")
	case hidden && m.person != c.who:
		return nil, fail(http.StatusForbidden, "A space can only be hidden for oneself.")
	}
	if moderator {
		m.moderator = *in.IsModerator
		c.sim.changed(m, c.who, map[bool]string{true: "assignModerator", false: "unassignModerator"}[m.moderator], nil)
	}
	if hidden {
		m.hidden = *in.IsRoomHidden
		c.sim.changed(m, c.who, map[bool]string{true: "hide", false: "unhide"}[m.hidden], c.who)
	}
	return m.object(), nil
}

// changed reports a changed membership.
func (s *Sim) changed(m *membership, actor *Person, verb string, only *Person) {
	s.record(Entry{At: s.tick(), Kind: "membership", RoomID: m.room.id, Data: m.object()})
	s.emit(event{resource: "memberships", name: "updated", verb: verb, actor: actor, room: m.room, member: m, only: only, data: m.object()})
}

func deleteMembership(c *call) (any, error) {
	m, err := c.membership()
	switch {
	case err != nil:
		return nil, err
	case m.room.direct:
		return nil, badRequest("Nobody can leave a direct space.")
	case m.person != c.who && !m.room.moderates(c.who):
		return nil, notModerator()
	}
	c.sim.leave(m, c.who)
	return nil, nil
}
