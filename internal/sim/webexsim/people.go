package webexsim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

func (p *Person) object() map[string]any {
	kind := "person"
	if p.Bot {
		kind = "bot"
	}
	first, last, _ := strings.Cut(p.Name, " ")
	return map[string]any{
		"id": p.ID, "emails": []string{p.Email}, "displayName": p.Name, "nickName": first, "firstName": first,
		"lastName": last, "orgId": p.OrgID, "created": stamp(p.created), "status": "active", "type": kind,
	}
}

func (s *Sim) person(id string) *Person {
	bare, ok := bareID("PEOPLE", id)
	if !ok {
		return nil
	}
	return s.people[bare]
}

func (s *Sim) personByEmail(email string) *Person {
	for _, p := range s.people {
		if strings.EqualFold(p.Email, email) {
			return p
		}
	}
	return nil
}

// somebody is who has the id or, if nobody has, the email; nil when nobody has either.
func (s *Sim) somebody(id, email string) *Person {
	if p := s.person(id); p != nil {
		return p
	}
	return s.personByEmail(email)
}

// noSuchPerson is what Webex says of ids, too.
const noSuchPerson = "Failed to find user with specified email address."

func getMe(c *call) (any, error) { return c.who.object(), nil }

func getPerson(c *call) (any, error) {
	if p := c.sim.person(c.PathValue("id")); p != nil {
		return p.object(), nil
	}
	return nil, notFound()
}

func listPeople(c *call) (any, error) {
	query := c.URL.Query()
	items, missing := []map[string]any{}, []string{}
	switch {
	case query.Get("id") != "":
		for id := range strings.SplitSeq(query.Get("id"), ",") {
			if p := c.sim.person(id); p != nil {
				items = append(items, p.object())
			} else {
				missing = append(missing, id)
			}
		}
	case query.Get("email") != "":
		if p := c.sim.personByEmail(query.Get("email")); p != nil {
			items = append(items, p.object())
		}
	case query.Get("displayName") != "":
		for _, p := range c.sim.people {
			if strings.HasPrefix(strings.ToLower(p.Name), strings.ToLower(query.Get("displayName"))) {
				items = append(items, p.object())
			}
		}
		slices.SortFunc(items, func(a, b map[string]any) int {
			return cmp.Compare(a["displayName"].(string), b["displayName"].(string))
		})
	default:
		return nil, fail(http.StatusBadRequest, "Email, displayName, or id list should be specified.")
	}
	if len(missing) > 0 {
		return map[string]any{"notFoundIds": missing, "items": items}, nil
	}
	return page(c, items)
}
