package webexsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

type membership struct {
	id      string
	room    *room
	person  *Person
	created time.Time
}

func (m *membership) object() map[string]any {
	return map[string]any{
		"id": m.id, "roomId": m.room.id, "roomType": m.room.kind(), "personId": m.person.ID, "personEmail": m.person.Email,
		"personDisplayName": m.person.Name, "personOrgId": m.person.OrgID, "isModerator": false, "isMonitor": false,
		"isRoomHidden": false, "created": stamp(m.created),
	}
}

// join adds a person. The caller tells of it with joined.
func (s *Sim) join(r *room, p *Person) *membership {
	m := &membership{id: s.publicID("MEMBERSHIP", p.UUID+":"+r.uuid), room: r, person: p, created: s.tick()}
	r.members = append(r.members, m)
	return m
}

func (s *Sim) joined(m *membership, actor *Person) {
	r := m.room
	s.record(Entry{At: m.created, Kind: "membership", RoomID: r.id, Data: m.object()})
	s.emit(event{resource: "memberships", name: "created", actor: actor, room: r, member: m.person, data: m.object()})
}

func listMemberships(c *call) (any, error) {
	query := c.URL.Query()
	items := []map[string]any{}
	if query.Get("roomId") == "" {
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
	for _, m := range r.members {
		id, _ := bareID("PEOPLE", query.Get("personId"))
		if (query.Has("personId") && id != m.person.UUID) || (query.Has("personEmail") && !strings.EqualFold(query.Get("personEmail"), m.person.Email)) {
			continue
		}
		items = append(items, m.object())
	}
	return page(c, items)
}

func createMembership(c *call) (any, error) {
	var in struct{ RoomID, PersonID, PersonEmail string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.sim.room(in.RoomID, c.who)
	if err != nil {
		return nil, err
	}
	p := c.sim.somebody(in.PersonID, in.PersonEmail)
	switch {
	case p == nil:
		return nil, fail(http.StatusNotFound, noSuchPerson)
	case r.direct:
		return nil, fail(http.StatusBadRequest, "A direct space has two members for ever.")
	case r.member(p) != nil:
		return nil, fail(http.StatusConflict, "Person is already in the room.")
	}
	m := c.sim.join(r, p)
	c.sim.joined(m, c.who)
	return m.object(), nil
}

func (s *Sim) membership(id string, who *Person) (*membership, error) {
	for _, r := range s.rooms {
		for _, m := range r.members {
			if m.id == strings.TrimRight(id, "=") && r.member(who) != nil {
				return m, nil
			}
		}
	}
	return nil, notFound()
}

func getMembership(c *call) (any, error) {
	m, err := c.sim.membership(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return m.object(), nil
}

func deleteMembership(c *call) (any, error) {
	m, err := c.sim.membership(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	if m.room.direct {
		return nil, fail(http.StatusBadRequest, "A direct space has two members for ever.")
	}
	c.sim.emit(event{resource: "memberships", name: "deleted", actor: c.who, room: m.room, member: m.person, data: m.object()})
	m.room.members = slices.DeleteFunc(m.room.members, func(x *membership) bool { return x == m })
	c.sim.record(Entry{At: c.sim.tick(), Kind: "membership-deleted", RoomID: m.room.id, Data: m.object()})
	return nil, nil
}
