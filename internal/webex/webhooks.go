package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	"overwatch/internal/secret"
)

// Webhook is a subscription. It belongs to the token that created it.
type Webhook struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	TargetURL string `json:"targetUrl"`
	Resource  string `json:"resource"`
	Event     string `json:"event"`
	Filter    string `json:"filter"`
	Status    string `json:"status"` // active, or inactive after too many failures

	Secret secret.Text `json:"-"` // write-only
}

type webhookBody struct {
	Name      string `json:"name"`
	TargetURL string `json:"targetUrl"`
	Resource  string `json:"resource,omitempty"`
	Event     string `json:"event,omitempty"`
	Filter    string `json:"filter,omitempty"`
	Status    string `json:"status,omitempty"`
	Secret    string `json:"secret,omitempty"`
}

// Webhooks yields the bot's webhooks: GET /webhooks.
func (c *Client) Webhooks(ctx context.Context) iter.Seq2[Webhook, error] {
	return list[Webhook](ctx, c, "webhooks", nil)
}

// Webhook returns one webhook: GET /webhooks/{id}.
func (c *Client) Webhook(ctx context.Context, id string) (Webhook, error) {
	return call[Webhook](ctx, c, http.MethodGet, "webhooks/"+url.PathEscape(id), nil)
}

// CreateWebhook creates a webhook: POST /webhooks.
func (c *Client) CreateWebhook(ctx context.Context, w Webhook) (Webhook, error) {
	return call[Webhook](ctx, c, http.MethodPost, "webhooks", webhookBody{
		Name: w.Name, TargetURL: w.TargetURL, Resource: w.Resource, Event: w.Event, Filter: w.Filter, Secret: w.Secret.Reveal(),
	})
}

// UpdateWebhook changes name, target, secret and status: PUT /webhooks/{id}. Webex allows no other
// changes.
func (c *Client) UpdateWebhook(ctx context.Context, w Webhook) (Webhook, error) {
	return call[Webhook](ctx, c, http.MethodPut, "webhooks/"+url.PathEscape(w.ID), webhookBody{
		Name: w.Name, TargetURL: w.TargetURL, Status: w.Status, Secret: w.Secret.Reveal(),
	})
}

// DeleteWebhook removes a webhook: DELETE /webhooks/{id}.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return c.exchange(ctx, http.MethodDelete, "webhooks/"+url.PathEscape(id), nil, nil)
}
