package webex_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

func TestRefusals(t *testing.T) {
	const body = `{"message":"Could not find that.","errors":[{"description":"Could not find that."}],"trackingId":"ROUTER_2"}`
	for _, tc := range []struct {
		name   string
		status int
		body   string
		kind   fault.Kind
		say    string // within what a person reads
		cause  webex.APIError
	}{
		{"400", 400, body, fault.Invalid, "Could not find that.", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"401", 401, body, fault.Denied, "bot token", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"403", 403, body, fault.Denied, "Could not find that.", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"404", 404, body, fault.NotFound, "Not found", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"408", 408, body, fault.Unavailable, "408", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"425", 425, body, fault.Unavailable, "425", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"422", 422, body, fault.Invalid, "422", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"428", 428, body, fault.Invalid, "428", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"451", 451, body, fault.Invalid, "451", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"409", 409, body, fault.Invalid, "409", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"410", 410, body, fault.NotFound, "", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"413 without a body", 413, "", fault.Invalid, "413", webex.APIError{Message: "Request Entity Too Large", TrackingID: "ROUTER_1"}},
		{"415", 415, body, fault.Invalid, "415", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"423", 423, body, fault.Unavailable, "has locked this", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"429", 429, body, fault.RateLimited, "rate limiting", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"500 with JSON of another shape", 500, `["oops"]`, fault.Unavailable, "500", webex.APIError{Message: "Internal Server Error", TrackingID: "ROUTER_1"}},
		{"502 with a web page", 502, `<html>Bad Gateway</html>`, fault.Unavailable, "502", webex.APIError{Message: "Bad Gateway", TrackingID: "ROUTER_1"}},
		{"503", 503, body, fault.Unavailable, "503", webex.APIError{Message: "Could not find that.", TrackingID: "ROUTER_2"}},
		{"407", 407, "", fault.Denied, "proxy", webex.APIError{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAPI(t).on("GET /messages/m", answer(tc.status, tc.body))
			_, err := a.client().Message(t.Context(), "m")
			if got := fault.Of(err); got != tc.kind {
				t.Fatalf("got %q (%v), want %q", got, err, tc.kind)
			}
			if say, _ := fault.Text(err); !strings.Contains(say, tc.say) {
				t.Errorf("it says %q, want %q in it", say, tc.say)
			}
			if a.total() != 1 {
				t.Errorf("%d calls: the client never retries", a.total())
			}
			if tc.cause == (webex.APIError{}) {
				return
			}
			tc.cause.Method, tc.cause.Path, tc.cause.Status = "GET", "/v1/messages/m", tc.status
			var api *webex.APIError
			if !errors.As(err, &api) || *api != tc.cause {
				t.Errorf("got %+v, want %+v", api, tc.cause)
			}
		})
	}
}

func TestRefusalsAreShort(t *testing.T) {
	a := newAPI(t).on("GET /messages/m", answer(400, `{"message":"`+strings.Repeat("é", 100_000)+`"}`))
	_, err := a.client().Message(t.Context(), "m")
	if say, _ := fault.Text(err); len(say) > 1000 {
		t.Errorf("it says %d bytes", len(say))
	}
}

func TestRetryAfter(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		header string // {in2m} stands for the date in two minutes
		want   time.Duration
	}{
		{"seconds", 429, "7", 7 * time.Second},
		{"a date", 429, "{in2m}", 2 * time.Minute},
		{"a date gone by", 429, "Sat, 01 Jan 2000 00:00:00 GMT", time.Second},
		{"none", 429, "", 15 * time.Second},
		{"zero", 429, "0", time.Second},
		{"a day", 429, "86400", 5 * time.Minute},
		{"more than a duration holds", 429, "4294967295", 5 * time.Minute},
		{"more than a number holds", 429, "99999999999999999999", 15 * time.Second},
		{"below zero", 429, "-3", 15 * time.Second},
		{"nonsense", 429, "soon", 15 * time.Second},
		{"locked", 423, "3", 3 * time.Second},
		{"unavailable", 503, "20", 20 * time.Second},
		{"unavailable without the header", 503, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(t, webex.Options{Transport: tripper(func(r *http.Request) (*http.Response, error) {
					h := http.Header{}
					if tc.header != "" {
						h.Set("Retry-After", strings.ReplaceAll(tc.header, "{in2m}", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat)))
					}
					return &http.Response{StatusCode: tc.status, Header: h, Body: http.NoBody, Request: r}, nil
				})})
				_, err := c.Room(t.Context(), "r")
				if got := fault.After(err); got != tc.want {
					t.Errorf("got %v, want %v", got, tc.want)
				}
				if !fault.Temporary(err) {
					t.Errorf("%v should be tried again", err)
				}
			})
		})
	}
}

func TestNoAnswer(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	host := strings.TrimPrefix(gone.URL, "http://")

	t.Run("nobody there", func(t *testing.T) {
		_, err := client(t, webex.Options{BaseURL: gone.URL}).Room(t.Context(), "r")
		if say, do := fault.Text(err); fault.Of(err) != fault.Unavailable || !strings.Contains(say, host) || do == "" {
			t.Errorf("got %v, want one that names %s", err, host)
		}
	})
	t.Run("cut off", func(t *testing.T) {
		c := newServer(t).on("GET /rooms/r", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
		}).client()
		if _, err := c.Room(t.Context(), "r"); fault.Of(err) != fault.Unavailable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("too late", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c := client(t, webex.Options{Transport: tripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})})
			if _, err := c.Room(ctx, "r"); fault.Of(err) != fault.Timeout {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := newServer(t).on("GET /rooms/r", func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		}).client()
		_, err := c.Room(ctx, "r")
		if !errors.Is(err, context.Canceled) || fault.Temporary(err) {
			t.Errorf("got %v", err)
		}
	})
}
