package webex_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

// stalled is a body that never ends.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (stalled) Close() error { return nil }

// Webex has a minute for each step of a request. The time that a device takes to fill a file isn't Webex's.
func TestSteps(t *testing.T) {
	ok := func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"id":"m"}`)), Request: r}, nil
	}
	slowFile := func(pause time.Duration) func(context.Context, io.Writer) error {
		return func(_ context.Context, out io.Writer) error {
			for range 3 {
				time.Sleep(pause)
				if _, err := out.Write(make([]byte, 64<<10)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for name, tc := range map[string]struct {
		file  func(context.Context, io.Writer) error // nil for a message without one
		trip  tripper
		want  fault.Kind
		after time.Duration
	}{
		"no response": {nil, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, fault.Timeout, time.Minute},
		"a slow response": {nil, func(r *http.Request) (*http.Response, error) {
			time.Sleep(50 * time.Second)
			return ok(r)
		}, "", 50 * time.Second},
		"a response that stalls": {nil, func(r *http.Request) (*http.Response, error) {
			time.Sleep(50 * time.Second)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: stalled{r.Context()}, Request: r}, nil
		}, fault.Timeout, 110 * time.Second},
		"a refusal that stalls": {nil, func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: stalled{r.Context()}, Request: r}, nil
		}, fault.Timeout, time.Minute},
		"an upload that isn't read": {slowFile(0), func(r *http.Request) (*http.Response, error) {
			_, _ = io.CopyN(io.Discard, r.Body, 1)
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, fault.Timeout, time.Minute},
		"an upload that isn't responded to": {slowFile(0), func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, fault.Timeout, time.Minute},
		"a device that is slow": {slowFile(4 * time.Minute), func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			return ok(r)
		}, "", 12 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, began := client(t, webex.Options{Transport: tc.trip}), time.Now()
				m := webex.NewMessage{RoomID: "r", Markdown: "hi"}
				var err error
				if tc.file == nil {
					_, err = c.CreateMessage(t.Context(), m)
				} else {
					_, err = c.Upload(t.Context(), m, "a.csv", "text/csv", tc.file)
				}
				if took := time.Since(began); fault.Of(err) != tc.want || took != tc.after {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// A certificate that isn't trusted is named, and tried again: the inspection of TLS may end.
func TestUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that the handshake failed
	server.StartTLS()
	defer server.Close()
	_, err := client(t, webex.Options{BaseURL: server.URL}).Room(t.Context(), "r")
	if message, hint := fault.Text(err); fault.Of(err) != fault.Unavailable || !strings.Contains(message, "isn't trusted") || hint == "" {
		t.Errorf("got %v", err)
	}
}

// A page that names itself as the next one is read once.
func TestNextPageIsTheSame(t *testing.T) {
	a := newAPI(t)
	a.on("GET /rooms?sortBy=lastactivity", page(a, "a", `<{api}/rooms?sortBy=lastactivity>; rel="next"`))
	if got := all(t, a); got != "a error" {
		t.Errorf("got %s", got)
	}
}
