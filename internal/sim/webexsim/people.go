package webexsim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// noSuchPerson is Webex's text for unknown emails and ids.
const noSuchPerson = "Failed to find user with specified email address."

// recipient returns the person with the id or, if there is none, with the email.
func (s *Sim) recipient(id, email string) (*Person, error) {
	if p := s.person(id); p != nil {
		return p, nil
	}
	if p := s.personByEmail(email); p != nil {
		return p, nil
	}
	return nil, fail(http.StatusNotFound, noSuchPerson)
}

func getMe(c *call) (any, error) { return c.who.object(true), nil }

func getPerson(c *call) (any, error) {
	if p := c.sim.person(c.PathValue("id")); p != nil {
		return p.object(p.OrgID == c.who.OrgID), nil
	}
	return nil, notFound()
}

// maxPeople is how many ids one call may list.
const maxPeople = 85

// listPeople finds people by ids, by email or by the beginning of their name. The last two only find
// people of the caller's organization, and parameters of administrators are refused.
func listPeople(c *call) (any, error) {
	query := c.URL.Query()
	if _, err := c.flag("callingData"); err != nil {
		return nil, err
	}
	hidden, err := c.flag("excludeStatus")
	if err != nil {
		return nil, err
	}
	if org := query.Get("orgId"); query.Has("roles") || query.Has("locationId") || org != "" && org != c.who.OrgID {
		return nil, fail(http.StatusForbidden, "Only administrators can list people by orgId, roles or locationId.")
	}
	if query.Get("id") != "" {
		return peopleByID(c, strings.Split(query.Get("id"), ","))
	}
	email, name := query.Get("email"), query.Get("displayName")
	if email == "" && name == "" {
		return nil, badRequest("Email, displayName, or id list should be specified.")
	}
	var found []*Person
	for _, p := range c.sim.people {
		if p.OrgID == c.who.OrgID && (email == "" || strings.EqualFold(p.Email, email)) && hasPrefixFold(p.Name, name) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *Person) int { return cmp.Compare(a.Name, b.Name) })
	items := []map[string]any{}
	for _, p := range found {
		items = append(items, p.object(!hidden))
	}
	return page(c, items)
}

func hasPrefixFold(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

func peopleByID(c *call, ids []string) (any, error) {
	if len(ids) > maxPeople {
		return nil, badRequest("At most %d ids can be listed.", maxPeople)
	}
	items, missing := []map[string]any{}, []string{}
	for _, id := range ids {
		if p := c.sim.person(id); p != nil {
			items = append(items, p.object(false))
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return map[string]any{"notFoundIds": missing, "items": items}, nil
	}
	return page(c, items)
}
