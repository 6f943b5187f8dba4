package webexsim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

type webhook struct {
	id, name  string
	owner     *Person
	target    string
	resource  string
	event     string
	filter    string
	secret    string
	active    bool
	created   time.Time
	failures  []time.Time // the last ones
	disabled  time.Time   // when too many had failed
	probation time.Time   // until then one failure disables it again

	held  []delivery // waits for the next to overtake it
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

// hookable are the events of each resource; all stands for every one of them.
var hookable = map[string][]string{
	"messages":          {"created", "updated", "deleted"},
	"memberships":       {"created", "updated", "deleted"},
	"rooms":             {"created", "updated", "migrated"},
	"attachmentActions": {"created"},
	"all":               {},
}

func createWebhook(c *call) (any, error) {
	var in struct{ Name, TargetURL, Resource, Event, Filter, Secret string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := checkTarget(in.Name, in.TargetURL); err != nil {
		return nil, err
	}
	events, known := hookable[in.Resource]
	switch {
	case !known:
		return nil, fail(http.StatusBadRequest, "Unknown resource %q.", in.Resource)
	case in.Event != "all" && !slices.Contains(events, in.Event):
		return nil, fail(http.StatusBadRequest, "Resource %q has no event %q.", in.Resource, in.Event)
	}
	h := &webhook{
		id: c.sim.publicID("WEBHOOK", uuid.NewString()), name: in.Name, owner: c.who, target: in.TargetURL, resource: in.Resource,
		event: in.Event, filter: in.Filter, secret: in.Secret, active: true, created: c.sim.tick(),
		queue: make(chan delivery, maxQueue), quit: make(chan struct{}),
	}
	c.sim.webhooks = append(c.sim.webhooks, h)
	c.sim.deliverers.Go(func() { c.sim.deliver(h) })
	return h.object(), nil
}

func checkTarget(name, target string) error {
	u, err := url.Parse(target)
	switch {
	case name == "":
		return fail(http.StatusBadRequest, "name cannot be empty")
	case target == "":
		return fail(http.StatusBadRequest, "targetUrl cannot be null")
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fail(http.StatusBadRequest, "targetUrl isn't an http or https address.")
	}
	return nil
}

func (c *call) webhook() (*webhook, error) {
	for _, h := range c.sim.webhooks {
		if h.id == strings.TrimRight(c.PathValue("id"), "=") && h.owner == c.who {
			return h, nil
		}
	}
	return nil, notFound()
}

func listWebhooks(c *call) (any, error) {
	items := []map[string]any{}
	for _, h := range c.sim.webhooks {
		if h.owner == c.who {
			items = append(items, h.object())
		}
	}
	return page(c, items)
}

func getWebhook(c *call) (any, error) {
	h, err := c.webhook()
	if err != nil {
		return nil, err
	}
	return h.object(), nil
}

// updateWebhook changes name, target and secret, and enables; resource, event and filter stay as they
// are, and nothing disables (Webex guide, Webhooks).
func updateWebhook(c *call) (any, error) {
	var in struct{ Name, TargetURL, Secret, Status string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	h, err := c.webhook()
	if err != nil {
		return nil, err
	}
	if err := checkTarget(in.Name, in.TargetURL); err != nil {
		return nil, err
	}
	h.name, h.target = in.Name, in.TargetURL
	if in.Secret != "" {
		h.secret = in.Secret
	}
	if in.Status == "active" && !h.active {
		h.active, h.failures, h.probation = true, nil, h.disabled.Add(failureWindow)
	}
	return h.object(), nil
}

func deleteWebhook(c *call) (any, error) {
	h, err := c.webhook()
	if err != nil {
		return nil, err
	}
	c.sim.webhooks = slices.DeleteFunc(c.sim.webhooks, func(x *webhook) bool { return x == h })
	h.stop()
	return nil, nil
}

// wants evaluates a webhook's resource, event and filter, and what its owner may see.
func (h *webhook) wants(e event) bool {
	switch {
	case !h.active, !e.reaches(h.owner):
		return false
	case h.resource == "all" && e.resource == "attachmentActions":
		return false // presses are never in the firehose
	case h.resource != "all" && h.resource != e.resource, h.event != "all" && h.event != e.name:
		return false
	}
	for condition := range strings.SplitSeq(h.filter, "&") {
		key, value, ok := strings.Cut(condition, "=")
		if ok && !h.matches(e, key, value) {
			return false
		}
	}
	return true
}

// matches evaluates one condition of a filter. What the event doesn't have never matches.
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
