package webexsim

import (
	"crypto/sha256"
	"encoding/base64"
)

// activities are what a socket of somebody is told of an event: the same facts as webhooks have, in
// the words of Webex's own clients. Text and inputs in them are encrypted. There are no keys to ask for,
// so their addresses are left out: clients would go on without, after a while.
func (s *Sim) activities(e event, to *Person) []map[string]any {
	a := map[string]any{
		"id": e.id, "objectType": "activity", "published": stamp(e.at), "actor": party(e.actor),
		"target": s.place(e.room),
	}
	a["url"] = s.service(conversationPath + "/activities/" + a["id"].(string)).String()
	with := func(verb string, object map[string]any) []map[string]any {
		a["verb"], a["object"] = verb, object
		return []map[string]any{a}
	}
	switch e.resource + "/" + e.name {
	case "messages/created":
		a["id"] = e.message.uuid
		if e.message.parent != nil {
			a["parent"] = map[string]any{"id": e.message.parent.uuid, "type": "reply"}
		}
		if len(e.message.files) == 0 {
			return with("post", comment(e.message))
		}
		object := comment(e.message)
		object["objectType"] = "content"
		scanned := map[string]any{
			"id": derived("scanned", e.message.uuid), "objectType": "activity", "verb": "update", "published": stamp(e.at), "actor": party(e.actor), "target": s.place(e.room),
			"object": map[string]any{"id": e.message.uuid, "objectType": "content", "files": map[string]any{
				"items": []map[string]any{{"objectType": "file", "malwareQuarantineState": "safe"}},
			}},
		}
		return append(with("share", object), scanned)
	case "messages/updated":
		a["parent"] = map[string]any{"id": e.message.uuid, "type": "edit"}
		return with("post", comment(e.message))
	case "messages/deleted":
		return with("delete", map[string]any{"id": e.message.uuid, "objectType": "activity"})
	case "attachmentActions/created":
		a["id"] = e.action.uuid
		a["parent"] = map[string]any{"id": e.action.message.uuid, "type": "cardAction"}
		return with("cardAction", map[string]any{"objectType": "submit", "inputs": encrypted(e.action.uuid)})
	case "memberships/created":
		if !e.room.direct {
			return with("add", party(e.member))
		}
		if e.member != to { // a direct space is told of once
			return nil
		}
		var members []map[string]any
		for _, m := range e.room.members {
			members = append(members, party(m.person))
		}
		object := s.place(e.room)
		object["participants"] = map[string]any{"items": members}
		return with("create", object)
	case "memberships/deleted":
		return with("leave", party(e.member))
	case "rooms/updated":
		return with("update", s.place(e.room))
	}
	return nil
}

func party(p *Person) map[string]any {
	kind := "PERSON"
	if p.Bot {
		kind = "BOT"
	}
	bare, _ := bareID("ORGANIZATION", p.OrgID)
	return map[string]any{
		"id": p.UUID, "entryUUID": p.UUID, "emailAddress": p.Email, "displayName": p.Name, "orgId": bare, "type": kind, "objectType": "person",
	}
}

func (s *Sim) place(r *room) map[string]any {
	o := map[string]any{
		"id": r.uuid, "objectType": "conversation", "url": s.service(conversationPath + "/conversations/" + r.uuid).String(),
	}
	if r.direct {
		o["tags"] = []string{"ONE_ON_ONE"}
	}
	return o
}

func comment(m *message) map[string]any {
	return map[string]any{
		"objectType": "comment", "displayName": encrypted(m.uuid), "content": encrypted(m.uuid + "html"), "mentions": map[string]any{},
	}
}

// encrypted looks like a JWE and says nothing.
func encrypted(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.." + base64.RawURLEncoding.EncodeToString(sum[:])
}
