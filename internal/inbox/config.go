package inbox

import (
	"time"

	"overwatch/internal/secret"
)

// Config are the settings of the inbox, whichever store it is in.
type Config struct {
	DataDir       string        `type:"path" default:"overwatch-data" placeholder:"DIR" help:"Directory of the inbox, unless nats-url is set. Each running bot needs its own."`
	InboxCapacity int           `default:"100000" placeholder:"N" validate:"min=1" help:"Number of unanswered events the inbox holds before it refuses more."`
	InboxSync     string        `default:"always" enum:"always,interval" help:"When the inbox in data-dir is synced to disk: always (before Webex gets its acknowledgement), or at an interval of two minutes, which is faster but loses more if the machine loses power."`
	KeepAnswers   time.Duration `default:"24h" placeholder:"TIME" validate:"min=0" help:"How long results are kept beside the inbox, to compare them with later ones and to show their other pages. 0s keeps none."`

	NATSURL          string      `name:"nats-url" placeholder:"URL" validate:"omitempty,nats_url" help:"Keep the inbox in this NATS cluster (2.14 or later, with JetStream) instead of data-dir, so that several bots share it. Separate several addresses by commas."`
	NATSCredsFile    string      `name:"nats-creds-file" type:"path" placeholder:"FILE" help:"NATS credentials file."`
	NATSUser         string      `name:"nats-user" placeholder:"NAME" help:"NATS user."`
	NATSPassword     secret.Text `name:"nats-password" placeholder:"SECRET" help:"Password of nats-user."`
	NATSPasswordFile string      `name:"nats-password-file" type:"path" placeholder:"FILE" help:"File with the password of nats-user."`
	NATSCA           string      `name:"nats-ca" type:"path" placeholder:"FILE" help:"CA certificates of the NATS cluster, if the system doesn't trust them."`
	NATSPrefix       string      `name:"nats-prefix" default:"overwatch" placeholder:"NAME" validate:"alphanum" help:"Prefix of the bot's streams in the cluster. Bots that aren't replicas of each other need different ones."`
}

// Synced reports whether a store in a data directory syncs each event to disk before it acknowledges it.
func (c Config) Synced() bool { return c.InboxSync != "interval" }
