package app

import (
	"context"

	"overwatch/internal/config"
	"overwatch/internal/transport/polling"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/transport/websocket"
)

// chooseTransport makes the transport of the settings. This is where a transport is added.
func (a *App) chooseTransport(ctx context.Context) error {
	switch a.settings.Transport.Transport {
	case "webhook":
		settings := a.settings.Webhook
		key, err := config.Secret("webhook-secret", settings.WebhookSecret, settings.WebhookSecretFile)
		if err != nil {
			return err
		}
		hooks, err := webhook.New(ctx, a.receiver, settings, key, a.listener.Addr())
		if err != nil {
			return err
		}
		a.echo.POST(webhook.Path, hooks.Handler())
		a.transport = hooks
	case "polling":
		a.transport = polling.New(a.receiver, a.settings.Polling)
	default:
		a.transport = websocket.New(a.receiver, a.settings.Webex.WebexU2CURL)
	}
	return nil
}
