package webexsim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// event is something that webhooks and sockets report.
type event struct {
	id             string // of the activity, unless that is the message's or the action's
	at             time.Time
	resource, name string // as of a webhook, such as messages and created
	verb           string // of the activity; empty for the usual one
	actor          *Person
	room           *room
	message        *message    // of resource messages
	action         *action     // of resource attachmentActions
	member         *membership // of resource memberships
	only           *Person     // the only receiver; nil for everybody who may know
	data           map[string]any
}

// reaches reports whether p may know of the event.
func (e event) reaches(p *Person) bool {
	return e.room.member(p) != nil && (e.message == nil || e.message.visible(p)) && (e.only == nil || e.only == p)
}

// delivery is one POST to a webhook's target.
type delivery struct {
	event  event
	forged bool // signed with a wrong secret
}

type webhook struct {
	id, name  string
	owner     *Person
	target    string // URL
	resource  string
	event     string
	filter    string
	secret    string
	active    bool
	created   time.Time
	failures  []time.Time // within failureWindow
	disabled  time.Time   // when too many deliveries had failed
	probation time.Time   // until then a single failure disables it again

	held  []delivery // waits for the next one to overtake it
	queue chan delivery
	quit  chan struct{}
}

func (h *webhook) object() map[string]any {
	status := "inactive"
	if h.active {
		status = "active"
	}
	o := map[string]any{
		"id": h.id, "name": h.name, "targetUrl": h.target, "resource": h.resource, "event": h.event,
		"orgId": h.owner.OrgID, "createdBy": h.owner.ID, "appId": publicID("APPLICATION", derived("app", h.owner.Email)),
		"ownedBy": "creator", "status": status, "created": stamp(h.created),
	}
	if h.filter != "" {
		o["filter"] = h.filter
	}
	if h.secret != "" {
		o["secret"] = h.secret
	}
	return o
}

func (h *webhook) stop() { close(h.quit) }

// wants reports whether the webhook reports an event: its resource, event and filter match, and its
// owner may know of it.
func (h *webhook) wants(e event) bool {
	switch {
	case !h.active, !e.reaches(h.owner):
		return false
	case h.resource == "all" && e.resource == "attachmentActions":
		return false // resource all doesn't include button presses (Webex guide, Webhooks)
	case h.resource != "all" && h.resource != e.resource, h.event != "all" && h.event != e.name:
		return false
	}
	for _, c := range conditions(h.filter) {
		if !h.matches(e, c[0], c[1]) {
			return false
		}
	}
	return true
}

// conditions splits a filter, such as roomType=group&mentionedPeople=me, into keys and values.
func conditions(filter string) (list [][2]string) {
	for c := range strings.SplitSeq(filter, "&") {
		if key, value, _ := strings.Cut(c, "="); c != "" {
			list = append(list, [2]string{key, value})
		}
	}
	return list
}

// matches evaluates one condition of a filter. A key that the event doesn't have never matches.
func (h *webhook) matches(e event, key, value string) bool {
	switch key {
	case "mentionedPeople":
		ids, _ := e.data["mentionedPeople"].([]string)
		for want := range strings.SplitSeq(value, ",") {
			if want == "me" {
				want = h.owner.ID
			}
			if slices.Contains(ids, strings.TrimRight(want, "=")) {
				return true
			}
		}
		return false
	case "hasFiles":
		return e.message != nil && value == strconv.FormatBool(len(e.message.files) > 0)
	case "hasAttachments":
		return e.message != nil && value == strconv.FormatBool(len(e.message.cards) > 0)
	case "personEmail":
		email, _ := e.data[key].(string)
		return strings.EqualFold(email, value)
	}
	have, ok := e.data[key]
	return ok && fmt.Sprint(have) == strings.TrimRight(value, "=")
}
