package webhook

import "overwatch/internal/secret"

// Config are the settings of hearing by webhook.
type Config struct {
	PublicURL         string      `name:"public-url" placeholder:"URL" validate:"omitempty,http_url" help:"The address at which Webex reaches this bot. Without it, a running ngrok agent on this machine is asked."`
	WebhookSecret     secret.Text `placeholder:"SECRET" help:"Signs the deliveries. Without it, one is made up at every start."`
	WebhookSecretFile string      `type:"path" placeholder:"FILE" help:"A file with the same."`
}
