package button

import (
	"time"

	"overwatch/internal/secret"
)

// Config holds the settings of pressed buttons.
type Config struct {
	CardKey      secret.Text   `placeholder:"SECRET" help:"Key that signs the data of buttons, at least 16 characters. To change it, give the new key and the old one, separated by a space, until the old cards have expired. Default: a generated key, kept with the inbox."`
	CardKeyFile  string        `type:"path" placeholder:"FILE" help:"Read it from this file."`
	CardLifetime time.Duration `default:"720h" placeholder:"TIME" validate:"min=1h" help:"How long the buttons of a card work."`
}
