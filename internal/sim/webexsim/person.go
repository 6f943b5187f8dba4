package webexsim

import (
	"strings"
	"time"
)

// Person is a person or a bot.
type Person struct {
	ID      string `json:"id"`
	UUID    string `json:"-"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	OrgID   string `json:"orgId"`
	Token   string `json:"-"` // bearer token for the API
	Bot     bool   `json:"bot"`
	created time.Time
	active  time.Time // last message or button press
}

// newPerson returns a person whose ids and token depend on email and org only.
func newPerson(name, email, org string, bot bool) *Person {
	orgUUID := derived("org", org)
	p := &Person{UUID: derived("person", strings.ToLower(email)), Email: email, Name: name, Bot: bot, OrgID: publicID("ORGANIZATION", orgUUID)}
	p.ID = publicID("PEOPLE", p.UUID)
	// The shape of real tokens: some clients take the organization from the third part.
	p.Token = strings.ReplaceAll(derived("token", email), "-", "") + "_P0A1_" + orgUUID
	return p
}

// object returns the person as the API does. Presence is only for people of the same organization.
func (p *Person) object(presence bool) map[string]any {
	kind, status := "person", "active"
	if p.Bot {
		kind, status = "bot", "unknown"
	}
	first, last, _ := strings.Cut(p.Name, " ")
	o := map[string]any{
		"id": p.ID, "emails": []string{p.Email}, "phoneNumbers": []any{}, "displayName": p.Name, "nickName": first, "userName": p.Email,
		"firstName": first, "lastName": last, "avatar": "https://avatar.example.com/" + p.UUID + "~1600", "orgId": p.OrgID,
		"created": stamp(p.created), "lastModified": stamp(p.created), "type": kind,
	}
	if presence {
		o["status"], o["lastActivity"] = status, stamp(p.active)
	}
	return o
}

// actor returns the person as activities of the socket describe people.
func (p *Person) actor() map[string]any {
	kind := "PERSON"
	if p.Bot {
		kind = "BOT"
	}
	org, _ := bareID("ORGANIZATION", p.OrgID)
	return map[string]any{
		"id": p.UUID, "entryUUID": p.UUID, "entryEmail": p.Email, "emailAddress": p.Email, "displayName": p.Name, "orgId": org, "type": kind,
		"objectType": "person",
	}
}
