package webhook

import (
	"context"
	"fmt"
	"strings"

	"github.com/sirupsen/logrus"

	"overwatch/internal/secret"
	"overwatch/internal/transport"
	"overwatch/internal/webex"
)

// name is how our webhook of a resource is known among those of the same bot.
func name(resource string) string { return "overwatch " + resource }

// Reconcile makes the bot's own webhooks as they should be: one for each resource, delivering to
// target, signed with key and active. Each resource has one, since Webex tells of presses in none of
// its combined ones (Webex guide, Webhooks). Those of other names are left alone, and copies of our
// own names are removed.
func Reconcile(ctx context.Context, c *webex.Client, me webex.Person, target string, key secret.Text, log logrus.FieldLogger) error {
	ours := map[string][]webex.Webhook{}
	for hook, err := range c.Webhooks(ctx) {
		if err != nil {
			return fmt.Errorf("list the webhooks: %w", err)
		}
		ours[hook.Name] = append(ours[hook.Name], hook)
	}
	for _, resource := range transport.Resources() {
		want := webex.Webhook{
			Name: name(resource), TargetURL: target, Resource: resource, Event: "created", Secret: key,
		}
		if resource == "memberships" {
			want.Filter = "personId=" + me.ID // who else comes and goes is nobody's business
		}
		hooks := ours[want.Name]
		if len(hooks) == 0 {
			if _, err := c.CreateWebhook(ctx, want); err != nil {
				return fmt.Errorf("create the webhook %q: %w", want.Name, err)
			}
			log.WithField("webhook", want.Name).Info("created")
			continue
		}
		if err := correct(ctx, c, hooks[0], want, log); err != nil {
			return err
		}
		for _, copied := range hooks[1:] {
			if err := c.DeleteWebhook(ctx, copied.ID); err != nil {
				return fmt.Errorf("delete a copy of the webhook %q: %w", want.Name, err)
			}
			log.WithField("webhook", want.Name).Info("removed a copy")
		}
	}
	return nil
}

// correct updates a webhook. Its key can't be read back, so it is always set; resource and event
// can't be changed, so a webhook with others is made anew.
func correct(ctx context.Context, c *webex.Client, have, want webex.Webhook, log logrus.FieldLogger) error {
	if have.Resource != want.Resource || have.Event != want.Event || have.Filter != want.Filter {
		if err := c.DeleteWebhook(ctx, have.ID); err != nil {
			return fmt.Errorf("delete the webhook %q: %w", want.Name, err)
		}
		if _, err := c.CreateWebhook(ctx, want); err != nil {
			return fmt.Errorf("create the webhook %q: %w", want.Name, err)
		}
		return nil
	}
	want.ID, want.Status = have.ID, "active"
	if _, err := c.UpdateWebhook(ctx, want); err != nil {
		return fmt.Errorf("update the webhook %q: %w", want.Name, err)
	}
	if have.Status != "active" || have.TargetURL != want.TargetURL {
		log.WithFields(logrus.Fields{"webhook": want.Name, "was": strings.TrimSpace(have.Status + " " + have.TargetURL)}).Info("corrected")
	}
	return nil
}
