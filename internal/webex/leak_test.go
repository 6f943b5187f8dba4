package webex_test

import (
	"net/http"
	"testing"

	"overwatch/internal/secret"
	"overwatch/internal/secret/leaktest"
	"overwatch/internal/webex"
)

func TestTokensDontLeak(t *testing.T) {
	leaktest.Run(t, func(t *testing.T, way http.RoundTripper) ([]any, error) {
		c, err := webex.New(webex.Options{Token: secret.New(leaktest.Secret), Transport: way})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Message(t.Context(), "id")
		return nil, err
	})
}
