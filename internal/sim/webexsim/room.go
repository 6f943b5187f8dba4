package webexsim

import "time"

// room is a space.
type room struct {
	uuid, id string
	title    string // of a group space; the title of a direct one is the other person's name
	direct   bool
	creator  *Person
	created  time.Time
	active   time.Time // last message
	members  []*membership
	roomFlags
	madePublic time.Time
}

// roomFlags are the settings of a group space.
type roomFlags struct {
	locked, public, announcements bool
	description                   string
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

// moderates reports whether p may change the space: in a locked one only moderators may.
func (r *room) moderates(p *Person) bool {
	m := r.member(p)
	return m != nil && (!r.locked || m.moderator)
}

// object returns the space as the API shows it to viewer.
func (r *room) object(viewer *Person) map[string]any {
	title := r.title
	for _, m := range r.members {
		if r.direct && m.person != viewer {
			title = m.person.Name
		}
	}
	o := map[string]any{
		"id": r.id, "title": title, "type": r.kind(), "isLocked": r.locked, "lastActivity": stamp(r.active), "creatorId": r.creator.ID,
		"created": stamp(r.created), "ownerId": r.creator.OrgID, "isPublic": r.public, "isReadOnly": false, "isAnnouncementOnly": r.announcements,
	}
	if r.public {
		o["madePublic"] = stamp(r.madePublic)
	}
	if r.description != "" {
		o["description"] = r.description
	}
	return o
}

// tags returns the tags of the space in activities of the socket.
func (r *room) tags() []string {
	tags := []string{}
	for _, t := range []struct {
		name string
		set  bool
	}{{"ONE_ON_ONE", r.direct}, {"LOCKED", r.locked}, {"ANNOUNCEMENT", r.announcements}, {"OPEN", r.public}} {
		if t.set {
			tags = append(tags, t.name)
		}
	}
	return tags
}

// membership is a person's membership of a space.
type membership struct {
	id        string
	room      *room
	person    *Person
	moderator bool
	hidden    bool // the person hid the direct space
	created   time.Time
}

func (m *membership) object() map[string]any {
	return map[string]any{
		"id": m.id, "roomId": m.room.id, "roomType": m.room.kind(), "personId": m.person.ID, "personEmail": m.person.Email,
		"personDisplayName": m.person.Name, "personOrgId": m.person.OrgID, "isModerator": m.moderator, "isMonitor": false,
		"isRoomHidden": m.hidden, "created": stamp(m.created),
	}
}

// participant returns the member as activities of the socket do.
func (m *membership) participant() map[string]any {
	o := m.person.actor()
	o["roomProperties"] = map[string]any{"isModerator": m.moderator}
	return o
}
