package netbox_test

import (
	"net/http"
	"testing"

	"overwatch/internal/inventory/netbox"
	"overwatch/internal/secret"
	"overwatch/internal/secret/leaktest"
)

func TestTokensDontLeak(t *testing.T) {
	leaktest.Run(t, func(t *testing.T, way http.RoundTripper) ([]any, error) {
		o := netbox.Options{URL: "https://netbox.example.com", Token: secret.New(leaktest.Secret), Transport: way}
		s, err := netbox.New(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Devices(t.Context())
		return []any{o.Token, struct{ t secret.Text }{o.Token}}, err
	})
}
