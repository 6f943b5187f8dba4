package restconf_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
	"overwatch/internal/secret"
	"overwatch/internal/secret/leaktest"
)

func TestPasswordsDontLeak(t *testing.T) {
	leaktest.Run(t, func(t *testing.T, way http.RoundTripper) ([]any, error) {
		c := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return way, nil }})
		t.Cleanup(c.Close)
		d := device()
		d.Login = inventory.Login{Username: "joe", Password: secret.New(leaktest.Secret)}
		body, err := c.Fetch(t.Context(), d, "m:a", "b")
		if err == nil {
			_, err = io.Copy(io.Discard, body)
			err = errors.Join(err, body.Close())
		}
		return []any{d, &d, d.Login}, err
	})
}
