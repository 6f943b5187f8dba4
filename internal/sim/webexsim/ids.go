package webexsim

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/google/uuid"
)

// us is the cluster of people and organizations. By default everything else is in it, too.
const us = "us"

// encodedID returns a public id: base64url without padding of ciscospark://CLUSTER/KIND/UUID.
func encodedID(cluster, kind, uuid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://" + cluster + "/" + kind + "/" + uuid))
}

// decodedID returns the UUID of a public id, which may be padded, or of a bare UUID. It returns "" for
// a valid id of another cluster, and false for anything that isn't an id of that kind.
func decodedID(cluster, kind, id string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(id, "="))
	if err == nil {
		if bare, ok := strings.CutPrefix(string(raw), "ciscospark://"+cluster+"/"+kind+"/"); ok {
			return bare, true
		}
		if strings.HasPrefix(string(raw), "ciscospark://") && strings.Contains(string(raw), "/"+kind+"/") {
			return "", true
		}
	}
	first, _, _ := strings.Cut(id, ":")
	if _, err := uuid.Parse(first); err == nil {
		if cluster != us {
			return "", true // a bare UUID doesn't name a cluster, so Webex looks in the first one
		}
		return id, true
	}
	return "", false
}

// publicID returns the public id of a person, an organization or an application.
func publicID(kind, uuid string) string { return encodedID(us, kind, uuid) }

// bareID is the reverse of publicID.
func bareID(kind, id string) (string, bool) { return decodedID(us, kind, id) }

// derived returns a UUID that depends on kind and name only, so that every run has the same ids.
func derived(kind, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("overwatch:"+kind+":"+name)).String()
}

// stamp writes a time as Webex does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
