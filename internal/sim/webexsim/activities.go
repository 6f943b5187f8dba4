package webexsim

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// conversationPath is the path of the conversation service, to which the URLs in activities lead.
const conversationPath = "/conversation-a1/api/v1"

// activities returns the activities with which sockets report an event to a person. They carry the same
// facts as webhooks, in the form of Webex's own clients. Texts and inputs are encrypted. The URL of their
// key is left out, because there is no key service: clients would wait for it in vain.
func (s *Sim) activities(e event, to *Person) []map[string]any {
	a := s.activity(e)
	with := func(verb string, object map[string]any) []map[string]any {
		a["verb"], a["object"] = verb, object
		if e.verb != "" {
			a["verb"] = e.verb
		}
		return []map[string]any{a}
	}
	switch e.resource + "/" + e.name {
	case "messages/created":
		return s.posted(e)
	case "messages/updated":
		a["parent"] = map[string]any{"id": e.message.uuid, "type": "edit"}
		return with("post", comment(e.message))
	case "messages/deleted":
		return with("delete", map[string]any{"id": e.message.uuid, "objectType": "activity", "url": s.activityURL(e.message.uuid)})
	case "attachmentActions/created":
		s.identify(a, e.action.uuid)
		a["parent"] = map[string]any{"id": e.action.message.uuid, "type": "cardAction"}
		return with("cardAction", map[string]any{"objectType": "submit", "inputs": encrypted(e.action.uuid)})
	case "memberships/created":
		if e.member.person == e.room.creator || e.room.direct {
			return s.roomCreated(e, to)
		}
		return with("add", e.member.participant())
	case "memberships/updated":
		if e.verb == "hide" || e.verb == "unhide" {
			return with(e.verb, s.conversation(e.room))
		}
		return with(e.verb, e.member.participant())
	case "memberships/deleted":
		return with("leave", e.member.participant())
	case "rooms/updated":
		return with("update", s.conversation(e.room))
	}
	return nil
}

// activity returns the common part of an event's activity.
func (s *Sim) activity(e event) map[string]any {
	a := map[string]any{
		"objectType": "activity", "published": stamp(e.at), "actor": e.actor.actor(), "target": s.conversation(e.room),
	}
	s.identify(a, e.id)
	return a
}

func (s *Sim) identify(activity map[string]any, id string) {
	activity["id"], activity["url"] = id, s.activityURL(id)
}

func (s *Sim) activityURL(id string) string {
	return s.service(conversationPath + "/activities/" + id).String()
}

// conversation returns a space as the target or object of an activity.
func (s *Sim) conversation(r *room) map[string]any {
	return map[string]any{
		"id": r.uuid, "objectType": "conversation", "url": s.service(conversationPath + "/conversations/" + r.uuid).String(), "tags": r.tags(),
		"published": stamp(r.created), "creatorUUID": r.creator.UUID, "lastReadableActivityDate": stamp(r.active),
	}
}

// roomCreated reports a new space once: to its creator, and to everybody in a direct space. The others
// get an add for each member.
func (s *Sim) roomCreated(e event, to *Person) []map[string]any {
	if e.member.person != to {
		return nil
	}
	var members []map[string]any
	for _, m := range e.room.members {
		if e.room.direct || m == e.member {
			members = append(members, m.participant())
		}
	}
	a := s.activity(e)
	object := s.conversation(e.room)
	object["participants"] = map[string]any{"items": members}
	a["verb"], a["object"] = "create", object
	return []map[string]any{a}
}

// posted reports a new message: as a post, or with a file as a share and, once the file is scanned for
// malware, an update.
func (s *Sim) posted(e event) []map[string]any {
	a := s.activity(e)
	s.identify(a, e.message.uuid)
	if e.message.parent != nil {
		a["parent"] = map[string]any{"id": e.message.parent.uuid, "type": "reply"}
	}
	a["verb"], a["object"] = "post", comment(e.message)
	if len(e.message.files) == 0 {
		return []map[string]any{a}
	}
	share := comment(e.message)
	for k, v := range s.content(e.message, "unknown") {
		share[k] = v
	}
	a["verb"], a["object"] = "share", share
	scanned := s.activity(e)
	s.identify(scanned, derived("scanned", e.message.uuid))
	scanned["verb"], scanned["object"] = "update", s.content(e.message, "safe")
	return []map[string]any{a, scanned}
}

// content returns the files of a message as the object of an activity. state is the result of the scan
// for malware.
func (s *Sim) content(m *message, state string) map[string]any {
	var items []map[string]any
	category := "documents"
	for _, f := range m.files {
		if strings.HasPrefix(f.kind, "image/") {
			category = "images"
		}
		items = append(items, map[string]any{
			"objectType": "file", "displayName": encrypted(f.id), "mimeType": f.kind, "fileSize": len(f.data), "url": s.base + "/contents/" + f.id,
			"author": m.author.actor(), "malwareQuarantineState": state,
		})
	}
	return map[string]any{
		"id": m.uuid, "objectType": "content", "contentCategory": category, "url": s.activityURL(m.uuid),
		"files": map[string]any{"items": items},
	}
}

func comment(m *message) map[string]any {
	return map[string]any{
		"objectType": "comment", "displayName": encrypted(m.uuid), "content": encrypted(m.uuid + "html"), "mentions": map[string]any{},
	}
}

// encrypted returns text that looks like a JWE and can't be decrypted.
func encrypted(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.." + base64.RawURLEncoding.EncodeToString(sum[:])
}
