package button

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
)

// Lifetime is how long a card can be pressed unless the settings say otherwise.
const Lifetime = 30 * 24 * time.Hour

// Claimer keeps a value under a name, for all replicas and after a restart.
type Claimer interface {
	// Claim writes value unless there is one already, and returns the one that is kept.
	Claim(ctx context.Context, name string, value []byte, lasting time.Duration) ([]byte, error)
}

// LoadKeys returns the keys in set, which are separated by blanks, the newest first. If there are none
// it returns a random key, which it keeps in notes, so that later starts and other replicas have the
// same. A key that is too short is a fault of kind Invalid.
func LoadKeys(ctx context.Context, set secret.Text, notes Claimer) (keys []secret.Text, err error) {
	for key := range strings.FieldsSeq(set.Reveal()) {
		if len(key) < MinKey {
			return nil, &fault.Error{
				Kind: fault.Invalid, Message: fmt.Sprintf("card-key: a key must have %d characters or more", MinKey),
				Hint: "Make one with openssl rand -hex 32.",
			}
		}
		keys = append(keys, secret.New(key))
	}
	if len(keys) > 0 {
		return keys, nil
	}
	kept, err := notes.Claim(ctx, "card-key", []byte(rand.Text()), 0)
	if err != nil {
		return nil, err
	}
	return []secret.Text{secret.New(string(kept))}, nil
}
