package webhook

import "overwatch/internal/secret"

// Config are the settings of hearing by webhook.
type Config struct {
	PublicURL         string      `name:"public-url" placeholder:"URL" validate:"omitempty,eq=auto|http_url" help:"The address at which Webex reaches this bot, for --transport webhook. auto asks a running ngrok agent on this machine."`
	Smee              string      `placeholder:"URL" validate:"omitempty,http_url" help:"Take webhooks from this channel of smee.io or gosmee instead, which needs no port that is open to anybody."`
	SmeeUnsigned      bool        `help:"Also take deliveries whose signature broke on the way through smee.io, which writes them anew. Their content is fetched from Webex in any case."`
	WebhookSecret     secret.Text `placeholder:"SECRET" help:"Signs the deliveries. Without it, one is made up and kept."`
	WebhookSecretFile string      `type:"path" placeholder:"FILE" help:"A file with the same."`
}
