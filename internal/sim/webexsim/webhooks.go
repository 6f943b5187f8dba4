package webexsim

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// hookable lists the events of each resource and the keys of its filters (Webex guide, Webhooks). The
// event all is allowed for every resource.
var hookable = map[string]struct{ events, filters []string }{
	"messages": {
		[]string{"created", "updated", "deleted"},
		[]string{"roomId", "roomType", "personId", "personEmail", "mentionedPeople", "hasFiles", "hasAttachments"},
	},
	"memberships":       {[]string{"created", "updated", "deleted"}, []string{"roomId", "personId", "personEmail", "isModerator"}},
	"rooms":             {[]string{"created", "updated", "migrated"}, []string{"type", "isLocked"}},
	"attachmentActions": {[]string{"created"}, []string{"messageId", "personId", "roomId"}},
	"all":               {nil, nil},
}

// filterValues are the values of filters that have a fixed set of them.
var filterValues = map[string][]string{
	"roomType": {"direct", "group"}, "type": {"direct", "group"}, "hasFiles": {"true", "false"}, "hasAttachments": {"true", "false"},
	"isModerator": {"true", "false"}, "isLocked": {"true", "false"},
}

// webhookBody is the body of a new webhook.
type webhookBody struct{ Name, TargetURL, Resource, Event, Filter, Secret, OwnedBy string }

// check returns the error with which Webex refuses a webhook.
func (in webhookBody) check() error {
	if err := checkTarget(in.Name, in.TargetURL); err != nil {
		return err
	}
	resource, known := hookable[in.Resource]
	switch {
	case !known:
		return badRequest("Unknown resource %q.", in.Resource)
	case in.Event != "all" && !slices.Contains(resource.events, in.Event):
		return badRequest("Resource %q has no event %q.", in.Resource, in.Event)
	}
	for _, c := range conditions(in.Filter) {
		if !slices.Contains(resource.filters, c[0]) {
			return badRequest("Resource %q has no filter %q.", in.Resource, c[0])
		}
		if values := filterValues[c[0]]; c[1] == "" || values != nil && !slices.Contains(values, c[1]) {
			return badRequest("Filter %q can't have the value %q.", c[0], c[1])
		}
	}
	return checkOwner(in.OwnedBy)
}

func checkTarget(name, target string) error {
	u, err := url.Parse(target)
	switch {
	case name == "":
		return badRequest("name cannot be empty")
	case target == "":
		return badRequest("targetUrl cannot be null")
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return badRequest("targetUrl isn't an http or https URL.")
	}
	return nil
}

// checkOwner refuses webhooks of an organization, which only administrators may create.
func checkOwner(ownedBy string) error {
	if ownedBy != "" && ownedBy != "creator" {
		return badRequest("ownedBy can't be %q: only administrators can own webhooks for their organization.", ownedBy)
	}
	return nil
}

func createWebhook(c *call) (any, error) {
	var in webhookBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
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

// webhook returns the webhook that the path names.
func (c *call) webhook() (*webhook, error) {
	for _, h := range c.sim.webhooks {
		if h.id == strings.TrimRight(c.PathValue("id"), "=") && h.owner == c.who {
			return h, nil
		}
	}
	return nil, notFound()
}

func listWebhooks(c *call) (any, error) {
	ownedBy, err := c.choice("ownedBy", "org")
	if err != nil {
		return nil, err
	}
	items := []map[string]any{}
	for _, h := range c.sim.webhooks {
		if h.owner == c.who && ownedBy == "" { // the simulation has no webhooks of organizations
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

// updateWebhook changes name, target and secret, and enables a disabled webhook. Resource, event and
// filter can't be changed, and a webhook can't be disabled (Webex guide, Webhooks).
func updateWebhook(c *call) (any, error) {
	var in struct{ Name, TargetURL, Secret, Status, OwnedBy string }
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
	if err := checkOwner(in.OwnedBy); err != nil {
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
