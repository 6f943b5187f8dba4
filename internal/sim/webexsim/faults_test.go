package webexsim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/sim/webexsim"
)

func TestFaultsAreUsedUp(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	id := w.say(w.alice, room, "hello")
	statuses := func(n int, method, path string) (list []int, last reply) {
		for range n {
			last = w.call(w.bot, method, path, "")
			list = append(list, last.status)
		}
		return list, last
	}
	for _, c := range []struct {
		name  string
		fault webexsim.Fault
		want  [3]int
	}{
		{"a fresh message isn't there yet", webexsim.Fault{Method: "GET", Path: "/v1/messages/", Status: 404}, [3]int{404, 200, 200}},
		{"twice", webexsim.Fault{Path: "/v1/messages", Status: 503, Times: 2}, [3]int{503, 503, 200}},
		{"500", webexsim.Fault{Status: 500}, [3]int{500, 200, 200}},
		{"502", webexsim.Fault{Status: 502}, [3]int{502, 200, 200}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.sim.Fail(c.fault)
			if got, last := statuses(3, "GET", "/messages/"+id); [3]int(got) != c.want || last.text("id") != id {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	t.Run("only what it is for", func(t *testing.T) {
		w.sim.Fail(webexsim.Fault{Method: "POST", Path: "/v1/messages", Status: 500})
		if got, _ := statuses(1, "GET", "/messages/"+id); got[0] != 200 {
			t.Errorf("got %v", got)
		}
		if r := w.call(w.alice, "POST", "/messages", `{}`); r.status != 500 {
			t.Errorf("got %d", r.status)
		}
	})
	t.Run("429", func(t *testing.T) {
		w.sim.Fail(webexsim.Fault{Status: 429, RetryAfter: 7 * time.Second})
		r := w.call(w.bot, "GET", "/messages/"+id, "")
		if r.status != 429 || r.header.Get("Retry-After") != "7" || r.text("trackingId") == "" {
			t.Errorf("got %d %v %s", r.status, r.header, r.raw)
		}
	})
}

func TestDelayedAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webexsim.New(webexsim.Options{})
		defer sim.Close()
		bot := sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
		sim.Fail(webexsim.Fault{Delay: 3 * time.Second})
		start := time.Now()
		if r := ask(sim, bot, "GET", "/v1/people/me", ""); r.Code != 200 || time.Since(start) != 3*time.Second {
			t.Errorf("got %d after %v", r.Code, time.Since(start))
		}
	})
}

// ask makes a call without a network, so that a test's clock can stand still.
func ask(sim *webexsim.Sim, who webexsim.Person, method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+who.Token)
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	sim.ServeHTTP(rec, req)
	return rec
}

// silent is a receiver that never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestDeliveryIsGivenUpAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webexsim.New(webexsim.Options{Client: &http.Client{Transport: silent{}}})
		defer sim.Close()
		alice, bot := sim.AddPerson("Alice", "alice@example.com", "example"), sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
		ask(sim, bot, "POST", "/v1/webhooks", `{"name":"n","targetUrl":"http://silent.example/","resource":"messages","event":"created"}`)
		ask(sim, alice, "POST", "/v1/messages", `{"toPersonEmail":"overwatch@webex.bot","text":"hello"}`)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := sim.Quiet(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("quiet while a delivery is under way: %v", err)
		}
		if err := sim.Quiet(t.Context()); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("quiet after %v: %v", time.Since(start), err)
		}
		last := sim.Recent()[len(sim.Recent())-1]
		if last.Kind != "delivery" || last.Status != 0 || !strings.Contains(last.Error, "deadline exceeded") {
			t.Errorf("the entry is %+v", last)
		}
	})
}

func TestCloseEndsDeliveriesUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webexsim.New(webexsim.Options{Client: &http.Client{Transport: silent{}}})
		alice, bot := sim.AddPerson("Alice", "alice@example.com", "example"), sim.AddBot("Overwatch", "overwatch@webex.bot", "example")
		ask(sim, bot, "POST", "/v1/webhooks", `{"name":"n","targetUrl":"http://silent.example/","resource":"messages","event":"created"}`)
		for range 3 {
			ask(sim, alice, "POST", "/v1/messages", `{"toPersonEmail":"overwatch@webex.bot","text":"hello"}`)
		}
		start := time.Now()
		sim.Close()
		if err := sim.Quiet(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("closed after %v: %v", time.Since(start), err)
		}
		if r := ask(sim, bot, "GET", "/v1/people/me", ""); r.Code != http.StatusServiceUnavailable {
			t.Errorf("a closed simulation answers %d", r.Code)
		}
		sim.Close()
	})
}
