package webexsim

import (
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

// publicID is base64url without padding of ciscospark://us/KIND/UUID.
func publicID(kind, uuid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/" + kind + "/" + uuid))
}

// bareID returns the part of a public id that is its own, or the id itself if it is bare already.
// Padding makes no difference.
func bareID(kind, id string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(id, "="))
	if err == nil {
		if bare, ok := strings.CutPrefix(string(raw), "ciscospark://us/"+kind+"/"); ok {
			return bare, true
		}
	}
	first, _, _ := strings.Cut(id, ":")
	if _, err := uuid.Parse(first); err == nil {
		return id, true
	}
	return "", false
}
