package webex_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
	"overwatch/internal/webex"
)

func TestNew(t *testing.T) {
	for _, tc := range []struct {
		name, url string
		token     string
		want      string // within the refusal; empty when there is none
	}{
		{"default", "", "x", ""},
		{"slash at the end", "https://webexapis.example/v1/", "x", ""},
		{"without TLS", "http://127.0.0.1:3000/v1", "x", ""},
		{"no token", "", "", "no bot token"},
		{"other scheme", "ftp://webexapis.example/v1", "x", "ftp://webexapis.example/v1"},
		{"no host", "webexapis.example/v1", "x", "webexapis.example/v1"},
		{"a login", "https://me:hush@webexapis.example/v1", "x", "https://me:xxxxx@webexapis.example/v1"},
		{"a broken login", "https://me:hu^sh@webexapis.example/v1", "x", "can't be read"},
		{"a broken port", "https://me:hush@webexapis.example:x/v1", "x", "can't be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := webex.New(webex.Options{BaseURL: tc.url, Token: secret.New(tc.token)})
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
			if strings.Contains(err.Error(), "hush@") || strings.Contains(err.Error(), "hu^sh") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	seen := map[string]bool{}
	a := newAPI(t)
	a.on("GET /people/me", func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("TrackingID")
		if !strings.HasPrefix(id, "overwatch_") || seen[id] {
			t.Errorf("TrackingID is %q", id)
		}
		seen[id] = true
		if got := r.Header.Get("User-Agent"); got != "overwatch/1.2" {
			t.Errorf("User-Agent is %q", got)
		}
		if got := r.Header.Get("Accept"); got != "application/json" {
			t.Errorf("Accept is %q", got)
		}
		answer(http.StatusOK, `{"id":"me"}`)(w, r)
	})
	c := client(t, webex.Options{BaseURL: a.url + "/", Transport: a.transport, UserAgent: "overwatch/1.2"})
	for range 2 {
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnswers(t *testing.T) {
	big := `{"id":"` + strings.Repeat("x", 5<<20) + `"}`
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   fault.Kind
	}{
		{"200", http.StatusOK, `{"id":"r"}`, ""},
		{"202", http.StatusAccepted, `{"id":"r"}`, ""},
		{"a web page", http.StatusOK, `<html>log in here</html>`, fault.Internal},
		{"nothing", http.StatusOK, ``, fault.Internal},
		{"too much", http.StatusOK, big, fault.Internal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			room, err := newAPI(t).on("GET /rooms/r", answer(tc.status, tc.body)).client().Room(t.Context(), "r")
			if fault.Of(err) != tc.want {
				t.Fatalf("got %q (%v), want %q", fault.Of(err), err, tc.want)
			}
			if err == nil && room.ID != "r" {
				t.Errorf("got %+v", room)
			}
		})
	}
}

// A redirect would take the token along.
func TestRedirectIsNotFollowed(t *testing.T) {
	a := newAPI(t)
	a.on("GET /rooms/r", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v1/elsewhere", http.StatusFound) })
	if _, err := a.client().Room(t.Context(), "r"); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

// A bot that doesn't know its id would take its own messages for somebody's.
func TestMeNeedsAnID(t *testing.T) {
	_, err := newAPI(t).on("GET /people/me", answer(http.StatusOK, `{}`)).client().Me(t.Context())
	if fault.Of(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestIDsAreEscaped(t *testing.T) {
	a := newAPI(t).on("GET /messages/a%2Fb%3Fc", answer(http.StatusOK, `{"id":"m"}`))
	if _, err := a.client().Message(t.Context(), "a/b?c"); err != nil {
		t.Fatal(err)
	}
}

func TestTokenNeverLeaks(t *testing.T) {
	a := newAPI(t)
	a.on("GET /people/me", answer(http.StatusUnauthorized, `{"message":"no"}`))
	a.on("GET /rooms?sortBy=lastactivity", answer(http.StatusInternalServerError, ``))
	options := webex.Options{BaseURL: a.url, Token: secret.New(token)}
	c := a.client()
	me := webex.Person{ID: "me"}
	shown := map[string]any{"options": options, "client": c, "client by value": *c, "messenger": webex.NewMessenger(webex.NewDirectory(c, me))}

	_, shown["refused"] = c.Me(t.Context())
	for _, err := range c.Rooms(t.Context()) {
		shown["a list"] = err
		break
	}
	broken := client(t, webex.Options{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("no way to %s", r.URL)
	})})
	_, shown["unreachable"] = broken.Me(t.Context())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, shown["cancelled"] = c.Room(gone, "r")
	odd, err := webex.New(webex.Options{Token: secret.New(token + "\n")}) // which no header can hold
	if err != nil {
		t.Fatal(err)
	}
	_, shown["not a header"] = odd.Me(t.Context())

	for name, v := range shown {
		t.Run(name, func(t *testing.T) {
			if err, ok := v.(error); ok {
				for ; err != nil; err = errors.Unwrap(err) {
					check(t, err.Error())
				}
			}
			for _, verb := range []string{"%v", "%+v", "%#v"} {
				check(t, fmt.Sprintf(verb, v))
			}
			if b, err := json.Marshal(v); err == nil {
				check(t, string(b))
			}
		})
	}
}

func check(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "hush") {
		t.Errorf("the token is in %s", text)
	}
}
