// Package leaktest is the test suite of every client with a secret: whatever the server does, even if it
// sends the secret back, nothing that the client prints has it. Only tests import it.
package leaktest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
)

// Secret is what the client under test is given.
const Secret = "hunter22-s3cr3t/+%"

// Run calls a client against servers that fail in all ways, most of them giving back what they got.
// call makes one call through the transport, as a user named joe where there are users, and returns
// whatever the client prints of itself and its error.
func Run(t *testing.T, call func(t *testing.T, way http.RoundTripper) (prints []any, err error)) {
	for name, way := range servers() {
		t.Run(name, func(t *testing.T) {
			var said http.Header
			prints, err := call(t, tripper(func(r *http.Request) (*http.Response, error) {
				said = r.Header.Clone()
				return way(r)
			}))
			if said == nil || !holds(fmt.Sprint(said)) {
				t.Fatal("the client didn't send its secret, so nothing is tested")
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				prints = append(prints, e)
			}
			var log bytes.Buffer
			logger := logrus.New()
			logger.SetOutput(&log)
			for _, formatter := range []logrus.Formatter{&logrus.TextFormatter{}, &logrus.JSONFormatter{}} {
				logger.SetFormatter(formatter)
				logger.WithError(err).WithField("what", prints).Error(err)
			}
			for _, p := range append(prints, log.String()) {
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
					if text := fmt.Sprintf(verb, p); holds(text) {
						t.Errorf("%s prints %.500s", verb, text)
					}
				}
			}
		})
	}
}

// holds reports whether a text has the secret in it, as it is or as it travels.
func holds(text string) bool {
	for _, form := range []string{Secret, base64.StdEncoding.EncodeToString([]byte("joe:" + Secret)), fmt.Sprintf("%x", Secret)} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

type tripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// servers are ways to fail.
func servers() map[string]tripper {
	answer := func(status int, kind string, body func(*http.Request) string) tripper {
		return func(r *http.Request) (*http.Response, error) {
			h := http.Header{"Content-Type": {kind}, "Location": {"https://elsewhere.example/?was=" + r.Header.Get("Authorization")}}
			return &http.Response{
				StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)), Header: h, Request: r,
				Body: io.NopCloser(strings.NewReader(body(r))), ProtoMajor: 1, ProtoMinor: 1,
			}, nil
		}
	}
	echo := func(r *http.Request) string { return fmt.Sprint(r.Header) }
	all := map[string]tripper{
		"no way there": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dial %s: %w", r.URL, errors.New("connection refused"))
		},
		"nonsense":   answer(200, "application/yang-data+json", func(*http.Request) string { return "{nonsense" }),
		"a web page": answer(200, "text/html", echo),
	}
	for _, status := range []int{301, 400, 401, 403, 404, 409, 429, 500, 503} {
		all[fmt.Sprint(status, " with everything")] = answer(status, "text/plain", echo)
		all[fmt.Sprint(status, " as JSON")] = answer(status, "application/json", func(r *http.Request) string {
			return fmt.Sprintf(`{"message": %q, "detail": %q, "errors": {"error": [{"error-tag": "x", "error-message": %q}]}}`, echo(r), echo(r), echo(r))
		})
	}
	return all
}
