package webex

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Webex's choice; HMAC-SHA1 isn't broken
	"encoding/hex"

	"overwatch/internal/secret"
)

// Sign returns the signature of a delivery: HMAC-SHA1 over the bytes of the body, in hexadecimal
// (Webex guide, Webhooks, "Authenticating requests").
func Sign(key secret.Text, body []byte) string {
	return hex.EncodeToString(mac(key, body))
}

// Verify reports whether signature is that of body, in constant time. It is false without a key.
func Verify(key secret.Text, body []byte, signature string) bool {
	want, err := hex.DecodeString(signature)
	if err != nil || key.IsZero() {
		return false
	}
	return hmac.Equal(mac(key, body), want)
}

func mac(key secret.Text, body []byte) []byte {
	h := hmac.New(sha1.New, []byte(key.Reveal()))
	h.Write(body)
	return h.Sum(nil)
}
