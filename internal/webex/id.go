package webex

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// ID is what a public id says: ciscospark://CLUSTER/KIND/UUID in base64url. Ids are sent as
// they are; to compare them their UUIDs count, since one may come as public id, with another cluster, or bare.
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
		return ID{}, fmt.Errorf("%.80q is no Webex id: %w", s, err)
	}
	rest, ok := strings.CutPrefix(string(raw), scheme)
	parts := strings.SplitN(rest, "/", 3)
	if !ok || len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return ID{}, fmt.Errorf("%.80q is no Webex id", s)
	}
	return ID{parts[0], parts[1], parts[2]}, nil
}

// String returns the public id.
func (id ID) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(scheme + id.Cluster + "/" + id.Kind + "/" + id.UUID))
}

// SamePerson reports whether two ids, public or UUID, mean the same person. An empty one means
// nobody.
func SamePerson(a, b string) bool { return a != "" && UUID(a) == UUID(b) }

// UUID returns what stays the same of an id however it is written: with or without padding, of one
// cluster or another, or bare. What is no id is returned as it is.
func UUID(s string) string {
	if id, err := ParseID(s); err == nil {
		s = id.UUID
	}
	if u, err := uuid.Parse(s); err == nil {
		return u.String()
	}
	return s
}
