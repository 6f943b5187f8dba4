package access

import (
	"time"

	"overwatch/internal/secret"
)

// Config are the settings of cards that can be pressed.
type Config struct {
	CardKey      secret.Text   `placeholder:"SECRET" help:"Signs what buttons carry, 16 characters or more. To change it, write the new one and the old one, with a blank between, until old cards have expired. Without it, one is made up and kept."`
	CardKeyFile  string        `type:"path" placeholder:"FILE" help:"A file with the same."`
	CardLifetime time.Duration `default:"720h" placeholder:"TIME" validate:"min=1h" help:"How long a card can be pressed."`
}
