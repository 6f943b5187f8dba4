package webex

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// ID is a decoded public id: ciscospark://CLUSTER/KIND/UUID in base64url. Send ids to Webex as they
// came. Compare them by UUID, since the same thing may come with another cluster, padded, or as a bare UUID.
type ID struct {
	Cluster string // us, or such as urn:TEAM:us-west-2_r
	Kind    string // PEOPLE, ROOM, MESSAGE, ...
	UUID    string
}

const scheme = "ciscospark://"

// ParseID reads a public id, with or without padding.
func ParseID(s string) (ID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return ID{}, fmt.Errorf("%.80q isn't a Webex id: %w", s, err)
	}
	rest, ok := strings.CutPrefix(string(raw), scheme)
	parts := strings.SplitN(rest, "/", 3)
	if !ok || len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return ID{}, fmt.Errorf("%.80q isn't a Webex id", s)
	}
	return ID{parts[0], parts[1], parts[2]}, nil
}

// String returns the public id.
func (id ID) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(scheme + id.Cluster + "/" + id.Kind + "/" + id.UUID))
}

// SamePerson reports whether two ids, public or UUID, are of the same person. It is false for empty
// ids.
func SamePerson(a, b string) bool { return a != "" && UUID(a) == UUID(b) }

// UUID returns the part of an id that is the same in all of its forms (see ID). Anything else is
// returned unchanged.
func UUID(s string) string {
	if id, err := ParseID(s); err == nil {
		s = id.UUID
	}
	if u, err := uuid.Parse(s); err == nil {
		return u.String()
	}
	return s
}
