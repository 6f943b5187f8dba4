package webexsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

type room struct {
	uuid, id string
	title    string // of a group space; a direct one is called after the other person
	direct   bool
	creator  *Person
	created  time.Time
	active   time.Time
	members  []*membership
}

func (r *room) member(p *Person) *membership {
	for _, m := range r.members {
		if m.person == p {
			return m
		}
	}
	return nil
}

func (r *room) kind() string {
	if r.direct {
		return "direct"
	}
	return "group"
}

// object is the space as viewer sees it.
func (r *room) object(viewer *Person) map[string]any {
	title := r.title
	for _, m := range r.members {
		if r.direct && m.person != viewer {
			title = m.person.Name
		}
	}
	return map[string]any{
		"id": r.id, "title": title, "type": r.kind(), "isLocked": false, "lastActivity": stamp(r.active),
		"creatorId": r.creator.ID, "created": stamp(r.created), "ownerId": r.creator.OrgID, "isPublic": false, "isReadOnly": false,
	}
}

// AddRoom makes a group space of at least one person; the first made it. Its id is made of the
// title and how many were made before, so that it is the same in every run.
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
	return s.addRoom(derived("room", fmt.Sprint(s.added, title)), title, false, people).id
}

// known is the simulation's own record of somebody. Only a mistake in the calling program makes it
// unknown, so it panics.
func (s *Sim) known(p Person) *Person {
	own := s.people[p.UUID]
	if own == nil {
		panic("webexsim: " + p.Name + " was never added to this simulation")
	}
	return own
}

// Direct returns the direct space of two people and makes it if need be.
func (s *Sim) Direct(a, b Person) (roomID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.direct(s.known(a), s.known(b)).id
}

// between is the direct space of two people, or nil.
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
	return s.addRoom(derived("direct", a.UUID+b.UUID), "", true, []*Person{a, b})
}

func (s *Sim) addRoom(id, title string, direct bool, people []*Person) *room {
	now := s.tick()
	r := &room{uuid: id, id: s.publicID("ROOM", id), title: title, direct: direct, creator: people[0], created: now, active: now}
	s.rooms = append(s.rooms, r)
	for _, p := range people { // before anything is told, since only members are told
		s.join(r, p)
	}
	s.record(Entry{At: now, Kind: "room", RoomID: r.id, Data: r.object(r.creator)})
	s.emit(event{resource: "rooms", name: "created", actor: r.creator, room: r, data: r.object(r.creator)})
	for _, m := range r.members {
		s.joined(m, r.creator)
	}
	return r
}

// room returns a space that who is in, else an error.
func (s *Sim) room(id string, who *Person) (*room, error) {
	bare, ok := s.bareID("ROOM", id)
	if !ok {
		return nil, fail(http.StatusBadRequest, "Expect base64 ID or UUID.")
	}
	for _, r := range s.rooms {
		if r.uuid == bare && r.member(who) != nil {
			return r, nil
		}
	}
	return nil, fail(http.StatusNotFound, "Could not find a room with provided ID.")
}

func listRooms(c *call) (any, error) {
	var mine []*room
	for _, r := range c.sim.rooms {
		if kind := c.URL.Query().Get("type"); r.member(c.who) != nil && (kind == "" || kind == r.kind()) {
			mine = append(mine, r)
		}
	}
	slices.SortStableFunc(mine, func(a, b *room) int {
		switch c.URL.Query().Get("sortBy") {
		case "id":
			return cmp.Compare(a.id, b.id)
		case "created":
			return b.created.Compare(a.created)
		}
		return b.active.Compare(a.active)
	})
	items := make([]map[string]any, len(mine))
	for i, r := range mine {
		items[i] = r.object(c.who)
	}
	return page(c, items)
}

func createRoom(c *call) (any, error) {
	var in struct {
		Title string `json:"title"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Title == "" {
		return nil, fail(http.StatusBadRequest, "Title of room missing.")
	}
	return c.sim.addRoom(uuid.NewString(), in.Title, false, []*Person{c.who}).object(c.who), nil
}

func getRoom(c *call) (any, error) {
	r, err := c.sim.room(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return r.object(c.who), nil
}

func updateRoom(c *call) (any, error) {
	var in struct {
		Title string `json:"title"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.sim.room(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	if r.direct || in.Title == "" {
		return nil, fail(http.StatusBadRequest, "Only a group space has a title, and it can't be empty.")
	}
	r.title = in.Title
	c.sim.record(Entry{At: c.sim.tick(), Kind: "room", RoomID: r.id, Data: r.object(c.who)})
	c.sim.emit(event{resource: "rooms", name: "updated", actor: c.who, room: r, data: r.object(c.who)})
	return r.object(c.who), nil
}

func deleteRoom(c *call) (any, error) {
	r, err := c.sim.room(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	if r.direct {
		return nil, fail(http.StatusBadRequest, "A direct space can't be deleted.")
	}
	c.sim.rooms = slices.DeleteFunc(c.sim.rooms, func(x *room) bool { return x == r })
	r.members = nil // so that nobody reaches anything in it any more
	c.sim.record(Entry{At: c.sim.tick(), Kind: "room-deleted", RoomID: r.id, Data: r.object(c.who)})
	return nil, nil
}
