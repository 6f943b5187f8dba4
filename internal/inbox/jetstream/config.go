package jetstream

import (
	"time"

	"overwatch/internal/secret"
)

// Config are the settings of the inbox.
type Config struct {
	DataDir       string        `type:"path" default:"overwatch-data" placeholder:"DIR" help:"Where the inbox is kept, unless nats-url is set. One running bot for each directory."`
	InboxCapacity int           `default:"100000" placeholder:"N" validate:"min=1" help:"How many unanswered notices are kept before more are refused."`
	InboxSync     string        `default:"always" enum:"always,interval" help:"When the inbox in data-dir is written through to the disk: always, before Webex is told that something was heard; or at an interval of two minutes, which is faster and loses more if the machine loses power."`
	KeepAnswers   time.Duration `default:"24h" placeholder:"TIME" validate:"min=0" help:"How long answers of devices are kept beside the inbox, to compare them with later ones and to turn their pages. 0s keeps none."`

	NATSURL          string      `name:"nats-url" placeholder:"URL" validate:"omitempty,nats_url" help:"Keep the inbox in this NATS cluster (2.9 or later, with JetStream) instead, so that several bots share it. Several addresses are separated by commas."`
	NATSCredsFile    string      `name:"nats-creds-file" type:"path" placeholder:"FILE" help:"A NATS credentials file."`
	NATSUser         string      `name:"nats-user" placeholder:"NAME" help:"A NATS user."`
	NATSPassword     secret.Text `name:"nats-password" placeholder:"SECRET" help:"Their password."`
	NATSPasswordFile string      `name:"nats-password-file" type:"path" placeholder:"FILE" help:"A file with the same."`
	NATSCA           string      `name:"nats-ca" type:"path" placeholder:"FILE" help:"Certificates that sign those of the NATS cluster, if the system doesn't know them."`
	NATSPrefix       string      `name:"nats-prefix" default:"overwatch" placeholder:"NAME" validate:"alphanum" help:"What the bot's streams are called. Bots that aren't replicas of each other need different ones in one cluster."`
}

// synced reports whether an embedded inbox writes everything through to the disk.
func (c Config) synced() bool { return c.InboxSync != "interval" }
