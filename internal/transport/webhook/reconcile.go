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

// name returns the name of the bot's webhook for a resource.
func name(resource string) string { return "overwatch " + resource }

// Reconcile creates or corrects the bot's webhooks: one for each resource, delivering to target, signed
// with key and active. Webex's webhook for all resources doesn't include button presses (Webex guide,
// Webhooks). Webhooks with other names are left alone; duplicates of the bot's own are deleted.
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
			want.Filter = "personId=" + me.ID // not when others join or leave
		}
		hooks := ours[want.Name]
		if len(hooks) == 0 {
			if _, err := c.CreateWebhook(ctx, want); err != nil {
				return fmt.Errorf("create the webhook %q: %w", want.Name, err)
			}
			log.WithField("webhook", want.Name).Info("webhook created")
			continue
		}
		if err := correct(ctx, c, hooks[0], want, log); err != nil {
			return err
		}
		for _, duplicate := range hooks[1:] {
			if err := c.DeleteWebhook(ctx, duplicate.ID); err != nil {
				return fmt.Errorf("delete a duplicate of the webhook %q: %w", want.Name, err)
			}
			log.WithField("webhook", want.Name).Info("duplicate webhook deleted")
		}
	}
	return nil
}

// correct updates a webhook. Webex doesn't return the key, so it is always set. Resource, event and
// filter can't be changed, so a webhook with other ones is created anew.
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
		log.WithFields(logrus.Fields{"webhook": want.Name, "was": strings.TrimSpace(have.Status + " " + have.TargetURL)}).Info("webhook corrected")
	}
	return nil
}
