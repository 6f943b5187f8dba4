package webexsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// message returns a message that p may read.
func (s *Sim) message(id string, p *Person) (*message, error) {
	bare, ok := s.bareID("MESSAGE", id)
	if !ok {
		return nil, malformedID()
	}
	for _, m := range slices.Backward(s.messages) {
		if m.uuid == bare && m.visible(p) {
			return m, nil
		}
	}
	return nil, fail(http.StatusNotFound, "Could not find message with provided ID.")
}

// thread returns the root of the thread that a message of r belongs to. A bot may reply in a thread
// although it can't read its root.
func (s *Sim) thread(id string, r *room) (*message, error) {
	bare, ok := s.bareID("MESSAGE", id)
	if !ok {
		return nil, malformedID()
	}
	for _, m := range slices.Backward(s.messages) {
		if m.uuid == bare && m.room == r {
			return cmp.Or(m.parent, m), nil // Webex resolves a reply to its root, or refuses it: both were seen
		}
	}
	return nil, fail(http.StatusNotFound, "Could not find the parent message.")
}

func getMessage(c *call) (any, error) {
	m, err := c.sim.message(c.PathValue("id"), c.who)
	if err != nil {
		return nil, err
	}
	return m.object(c.sim.base, false), nil
}

// maxMentions is how many messages a page of mentions may have.
const maxMentions = 100

func listMessages(c *call) (any, error) {
	query := c.URL.Query()
	if query.Get("roomId") == "" {
		return nil, badRequest("Required String parameter 'roomId' is not present")
	}
	r, err := c.sim.room(query.Get("roomId"), c.who)
	if err != nil {
		return nil, err
	}
	mentioned := query.Get("mentionedPeople") != ""
	for _, value := range query["mentionedPeople"] {
		for person := range strings.SplitSeq(value, ",") {
			if id, _ := bareID("PEOPLE", person); person != "" && person != "me" && id != c.who.UUID {
				return nil, badRequest("mentionedPeople can only be me or the caller's own id.")
			}
		}
	}
	if c.who.Bot && !r.direct && !mentioned {
		return nil, fail(http.StatusForbidden, "The request was unauthorized. Bots can only list messages that mention them: mentionedPeople=me.")
	}
	limit := maxPage
	if mentioned {
		limit = maxMentions
	}
	return c.list(r, mentioned, limit)
}

func listDirect(c *call) (any, error) {
	query := c.URL.Query()
	if query.Get("personId") == "" && query.Get("personEmail") == "" {
		return nil, badRequest("Either personId or personEmail is required.")
	}
	other, err := c.sim.recipient(query.Get("personId"), query.Get("personEmail"))
	if err != nil {
		return nil, err
	}
	if r := c.sim.between(c.who, other); r != nil {
		return c.list(r, false, maxPage)
	}
	return nil, fail(http.StatusNotFound, "There is no direct space with that person.")
}

// list returns a page of the messages of a space, newest first: 50 by default.
func (c *call) list(r *room, mentioned bool, limit int) (any, error) {
	before, err := c.before()
	if err != nil {
		return nil, err
	}
	parentID := c.URL.Query().Get("parentId")
	parent, ok := c.sim.bareID("MESSAGE", parentID)
	if parentID != "" && !ok {
		return nil, malformedID()
	}
	items := []map[string]any{}
	for _, m := range slices.Backward(c.sim.messages) {
		switch {
		case m.room != r, !m.visible(c.who),
			!before.IsZero() && !m.created.Before(before),
			mentioned && !m.mentions(c.who),
			parentID != "" && (m.parent == nil || m.parent.uuid != parent):
			continue
		}
		items = append(items, m.object(c.sim.base, false))
	}
	return pageOf(c, items, 50, limit)
}

// before returns the time that before or beforeMessage names, zero if neither is given.
func (c *call) before() (time.Time, error) {
	before, err := c.date("before")
	if err != nil {
		return before, err
	}
	if id := c.URL.Query().Get("beforeMessage"); id != "" {
		m, err := c.sim.message(id, c.who)
		if err != nil {
			return before, err
		}
		if before.IsZero() || m.created.Before(before) {
			before = m.created
		}
	}
	return before, nil
}

func getContents(c *call) (any, error) {
	f := c.sim.files[strings.TrimRight(c.PathValue("id"), "=")]
	if f == nil || !f.message.visible(c.who) {
		return nil, notFound()
	}
	return raw{http.Header{
		"Content-Type":        {f.kind},
		"Content-Disposition": {fmt.Sprintf("attachment; filename=%q", strings.ReplaceAll(f.name, `"`, ""))},
	}, f.data}, nil
}
