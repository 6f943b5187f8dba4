package webexsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/uuid"
)

// AddRoom creates a group space and returns its id. The first member is its creator. The id depends on
// the title and the number of spaces created before, so that every run has the same ids.
func (s *Sim) AddRoom(title string, members ...Person) (roomID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var people []*Person
	for _, m := range members {
		if p := s.known(m); !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	s.added++
	r := s.newRoom(derived("room", fmt.Sprint(s.added, title)), people[0])
	r.title = title
	s.open(r, people)
	return r.id
}

// Direct returns the id of the direct space of two people, which it creates if needed.
func (s *Sim) Direct(a, b Person) (roomID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.direct(s.known(a), s.known(b)).id
}

// between returns the direct space of two people, or nil.
func (s *Sim) between(a, b *Person) *room {
	for _, r := range s.rooms {
		if r.direct && r.member(a) != nil && r.member(b) != nil {
			return r
		}
	}
	return nil
}

func (s *Sim) direct(a, b *Person) *room {
	if r := s.between(a, b); r != nil {
		return r
	}
	r := s.newRoom(derived("direct", a.UUID+b.UUID), a)
	r.direct = true
	s.open(r, []*Person{a, b})
	return r
}

func (s *Sim) newRoom(id string, creator *Person) *room {
	now := s.tick()
	return &room{uuid: id, id: s.publicID("ROOM", id), creator: creator, created: now, active: now}
}

// open adds a new space with its members and reports it to them.
func (s *Sim) open(r *room, people []*Person) {
	s.rooms = append(s.rooms, r)
	for _, p := range people { // before any event, because only members get events
		s.join(r, p)
	}
	r.members[0].moderator = r.locked
	s.record(Entry{At: r.created, Kind: "room", RoomID: r.id, Data: r.object(r.creator)})
	s.emit(event{resource: "rooms", name: "created", actor: r.creator, room: r, data: r.object(r.creator)})
	for _, m := range r.members {
		s.joined(m, r.creator)
	}
}

// room returns a space of which p is a member.
func (s *Sim) room(id string, p *Person) (*room, error) {
	bare, ok := s.bareID("ROOM", id)
	if !ok {
		return nil, malformedID()
	}
	for _, r := range s.rooms {
		if r.uuid == bare && r.member(p) != nil {
			return r, nil
		}
	}
	return nil, fail(http.StatusNotFound, "Could not find a room with provided ID.")
}

// roomQuery holds the parameters of a list of spaces.
type roomQuery struct {
	kind, sortBy string
	public       bool
	wanted       func(r *room) bool
}

func (c *call) roomQuery() (q roomQuery, err error) {
	query := c.URL.Query()
	if q.kind, err = c.choice("type", "direct", "group"); err != nil {
		return q, err
	}
	if q.sortBy, err = c.choice("sortBy", "id", "lastactivity", "created"); err != nil {
		return q, err
	}
	if q.public, err = c.flag("orgPublicSpaces"); err != nil {
		return q, err
	}
	from, err := c.date("from")
	if err != nil {
		return q, err
	}
	to, err := c.date("to")
	if err != nil {
		return q, err
	}
	if q.public && (query.Has("teamId") || q.kind != "" || q.sortBy != "") {
		return q, badRequest("orgPublicSpaces can't be combined with teamId, type or sortBy.")
	}
	if err := checkTeam(c, query.Get("teamId")); err != nil {
		return q, err
	}
	q.wanted = func(r *room) bool {
		if !q.public && r.member(c.who) == nil || q.public && (!r.public || r.creator.OrgID != c.who.OrgID) || q.kind != "" && q.kind != r.kind() {
			return false
		}
		return (from.IsZero() || r.public && r.madePublic.After(from)) && (to.IsZero() || r.public && r.madePublic.Before(to))
	}
	return q, nil
}

// checkTeam refuses every team: the simulation has none.
func checkTeam(c *call, id string) error {
	if id == "" {
		return nil
	}
	if _, ok := c.sim.bareID("TEAM", id); !ok {
		return malformedID()
	}
	return fail(http.StatusNotFound, "Could not find a team with provided ID.")
}

func listTeams(c *call) (any, error) { return page(c, []map[string]any{}) }

func listRooms(c *call) (any, error) {
	q, err := c.roomQuery()
	if err != nil {
		return nil, err
	}
	var found []*room
	for _, r := range c.sim.rooms {
		if q.wanted(r) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b *room) int {
		switch {
		case q.public:
			return b.madePublic.Compare(a.madePublic)
		case q.sortBy == "id":
			return cmp.Compare(a.id, b.id)
		case q.sortBy == "created":
			return b.created.Compare(a.created)
		}
		return b.active.Compare(a.active)
	})
	items := make([]map[string]any, len(found))
	for i, r := range found {
		items[i] = r.object(c.who)
	}
	return page(c, items)
}

// roomBody is the body of a new or changed space. A nil field isn't changed.
type roomBody struct {
	Title              string
	TeamID             string
	ClassificationID   string
	IsLocked           *bool
	IsPublic           *bool
	Description        *string
	IsAnnouncementOnly *bool
	IsReadOnly         *bool
}

// flags returns the settings of a space after a change, or why Webex refuses them.
func (in roomBody) flags(c *call, f roomFlags) (roomFlags, error) {
	set := func(flag *bool, value *bool) {
		if value != nil {
			*flag = *value
		}
	}
	set(&f.locked, in.IsLocked)
	set(&f.public, in.IsPublic)
	set(&f.announcements, in.IsAnnouncementOnly)
	if in.Description != nil {
		f.description = *in.Description
	}
	switch {
	case in.Title == "":
		return f, badRequest("Title of room missing.")
	case in.ClassificationID != "":
		return f, badRequest("The organization has no classifications.")
	case f.announcements && !f.locked:
		return f, badRequest("A space can only be put into announcement mode when it is locked.")
	case f.public && f.description == "":
		return f, badRequest("A public space needs a description.")
	case in.IsReadOnly != nil && *in.IsReadOnly:
		return f, fail(http.StatusForbidden, "Only a compliance officer can set isReadOnly.")
	}
	return f, checkTeam(c, in.TeamID)
}

func createRoom(c *call) (any, error) {
	var in roomBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	flags, err := in.flags(c, roomFlags{})
	if err != nil {
		return nil, err
	}
	r := c.sim.newRoom(uuid.NewString(), c.who)
	r.title, r.roomFlags, r.madePublic = in.Title, flags, r.created
	c.sim.open(r, []*Person{c.who})
	return r.object(c.who), nil
}

func getRoom(c *call) (any, error) {
	r, err := c.sim.room(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return r.object(c.who), nil
}

func updateRoom(c *call) (any, error) {
	var in roomBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.sim.room(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	flags, err := in.flags(c, r.roomFlags)
	switch {
	case r.direct:
		return nil, badRequest("A direct space can't be changed.")
	case err != nil:
		return nil, err
	case !r.moderates(c.who):
		return nil, notModerator()
	case flags.public && !r.public:
		return nil, fail(http.StatusForbidden, "Only a compliance officer can make a space public.")
	}
	verb := ""
	if flags.locked != r.locked {
		verb = map[bool]string{true: "lock", false: "unlock"}[flags.locked]
		r.member(c.who).moderator = flags.locked
	}
	r.title, r.roomFlags = in.Title, flags
	c.sim.record(Entry{At: c.sim.tick(), Kind: "room", RoomID: r.id, Data: r.object(c.who)})
	c.sim.emit(event{resource: "rooms", name: "updated", verb: verb, actor: c.who, room: r, data: r.object(c.who)})
	return r.object(c.who), nil
}

func notModerator() error {
	return fail(http.StatusForbidden, "Only a moderator of the space can do this.")
}

// deleteRoom deletes a space. From a locked one, a member who isn't a moderator is only removed.
func deleteRoom(c *call) (any, error) {
	r, err := c.sim.room(c.PathValue("id"), c.who)
	switch {
	case err != nil:
		return nil, err
	case r.direct:
		return nil, badRequest("A direct space can't be deleted.")
	case !r.moderates(c.who):
		c.sim.leave(r.member(c.who), c.who)
		return nil, nil
	}
	for _, m := range slices.Clone(r.members) {
		c.sim.leave(m, c.who)
	}
	c.sim.rooms = slices.DeleteFunc(c.sim.rooms, func(x *room) bool { return x == r })
	c.sim.record(Entry{At: c.sim.tick(), Kind: "room-deleted", RoomID: r.id, Data: r.object(c.who)})
	return nil, nil
}

// getMeetingInfo returns how to join the space's meeting, with documentation values.
func getMeetingInfo(c *call) (any, error) {
	r, err := c.sim.room(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"roomId": r.id, "meetingLink": "https://meet.example.com/m/" + r.uuid, "sipAddress": r.uuid[:8] + "@meet.example.com", "meetingNumber": "25500000001",
		"meetingId": derived("meeting", r.uuid), "callInTollFreeNumber": "", "callInTollNumber": "",
	}, nil
}
