package webexsim

import (
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

// us is the cluster of people and organizations, and of everything else in most simulations.
const us = "us"

// publicID is the id of somebody or something that is in no cluster of its own.
func publicID(kind, uuid string) string { return encodedID(us, kind, uuid) }

// publicID is the id of what happens in spaces.
func (s *Sim) publicID(kind, uuid string) string { return encodedID(s.cluster, kind, uuid) }

// encodedID is base64url without padding of ciscospark://CLUSTER/KIND/UUID.
func encodedID(cluster, kind, uuid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://" + cluster + "/" + kind + "/" + uuid))
}

func bareID(kind, id string) (string, bool) { return decodedID(us, kind, id) }

func (s *Sim) bareID(kind, id string) (string, bool) { return decodedID(s.cluster, kind, id) }

// decodedID returns the part of a public id that is its own, or the id itself if it is bare already.
// Padding makes no difference.
func decodedID(cluster, kind, id string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(id, "="))
	if err == nil {
		if bare, ok := strings.CutPrefix(string(raw), "ciscospark://"+cluster+"/"+kind+"/"); ok {
			return bare, true
		}
		if strings.HasPrefix(string(raw), "ciscospark://") && strings.Contains(string(raw), "/"+kind+"/") {
			return "", true // well formed, and of another cluster: there is nothing here
		}
	}
	first, _, _ := strings.Cut(id, ":")
	if _, err := uuid.Parse(first); err == nil {
		if cluster != us {
			return "", true // a bare one says nothing of its cluster, and is looked for in the first
		}
		return id, true
	}
	return "", false
}
