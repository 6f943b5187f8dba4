package webex_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/fault"
)

// page answers with rooms, and with Link headers in which {api} stands for the API's address.
func page(a *api, ids string, links ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, l := range links {
			w.Header().Add("Link", strings.ReplaceAll(l, "{api}", a.url))
		}
		var items []string
		for id := range strings.FieldsSeq(ids) {
			items = append(items, fmt.Sprintf(`{"id":%q}`, id))
		}
		answer(http.StatusOK, `{"items":[`+strings.Join(items, ",")+`]}`)(w, r)
	}
}

// rooms goes through all of them, up to a number of them.
func rooms(t *testing.T, a *api, most int) (ids []string, err error) {
	t.Helper()
	for r, err := range a.client().Rooms(t.Context()) {
		if err != nil {
			return ids, err
		}
		if ids = append(ids, r.ID); len(ids) == most {
			break
		}
	}
	return ids, nil
}

func TestPages(t *testing.T) {
	for _, tc := range []struct {
		name  string
		links []string // of the first page
		want  string
	}{
		{"none", nil, "a b"},
		{"next", []string{`<{api}/rooms?after=x>; rel="next"`}, "a b c"},
		{"without quotes", []string{`<{api}/rooms?after=x>;rel=next`}, "a b c"},
		{"relative", []string{`</v1/rooms?after=x>; rel="next"`}, "a b c"},
		{"upper case", []string{`<{api}/rooms?after=x>; REL="NEXT"`}, "a b c"},
		{"among others", []string{`<{api}/rooms?first>; rel="first", <{api}/rooms?after=x>; rel="next"`}, "a b c"},
		{"in a line of its own", []string{`<{api}/rooms?first>; rel="first"`, `<{api}/rooms?after=x>; rel="next"`}, "a b c"},
		{"several relations", []string{`<{api}/rooms?after=x>; rel="last next"`}, "a b c"},
		{"a title with delimiters", []string{`<{api}/rooms?first>; title="a, \"b\"; rel=next <x>"; rel="first", <{api}/rooms?after=x>; rel="next"`}, "a b c"},
		{"only a first", []string{`<{api}/rooms?first>; rel="first"`}, "a b"},
		{"next in a name", []string{`<{api}/rooms?x>; rel="nextest"`}, "a b"},
		{"rubbish", []string{`rel="next"`, `<`, `;,"`}, "a b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAPI(t)
			a.on("GET /rooms?sortBy=lastactivity", page(a, "a b", tc.links...))
			if strings.Contains(tc.want, "c") {
				a.on("GET /rooms?after=x", page(a, "c"))
			}
			got, err := rooms(t, a, 0)
			if err != nil || strings.Join(got, " ") != tc.want {
				t.Errorf("got %v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// Ids in a query are joined by commas, and so are links in a header.
func TestPagesWithCommas(t *testing.T) {
	a := newAPI(t)
	a.on("GET /people?id=a%2Cb", page(a, "a", `<{api}/people?id=a,b&after=x>; rel="next"`))
	a.on("GET /people?id=a,b&after=x", page(a, "b"))
	var got []string
	for p, err := range a.client().People(t.Context(), "a", "b") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.ID)
	}
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPagesAreFetchedWhenReached(t *testing.T) {
	a := newAPI(t)
	a.on("GET /rooms?sortBy=lastactivity", page(a, "a b", `<{api}/rooms?after=x>; rel="next"`))
	if got, err := rooms(t, a, 2); err != nil || len(got) != 2 || a.total() != 1 {
		t.Errorf("got %v, %v with %d calls", got, err, a.total())
	}
}

// The token must not be sent to another host that a link names.
func TestNextPageElsewhere(t *testing.T) {
	for _, link := range []string{
		"https://elsewhere.example/v1/rooms", "//elsewhere.example/v1/rooms", "https://{host}/v1/rooms", "http://{host}.elsewhere.example/", ":",
	} {
		t.Run(link, func(t *testing.T) {
			a := newAPI(t)
			host := strings.TrimSuffix(strings.TrimPrefix(a.url, "http://"), "/v1")
			a.on("GET /rooms?sortBy=lastactivity", page(a, "a", "<"+strings.ReplaceAll(link, "{host}", host)+`>; rel="next"`))
			got, err := rooms(t, a, 0)
			if err == nil || len(got) != 1 || a.total() != 1 {
				t.Errorf("got %v, %v with %d calls", got, err, a.total())
			}
		})
	}
}

func TestListEndsWithItsError(t *testing.T) {
	a := newAPI(t)
	a.on("GET /rooms?sortBy=lastactivity", page(a, "a", `<{api}/rooms?after=x>; rel="next"`))
	a.on("GET /rooms?after=x", answer(http.StatusTooManyRequests, ""))
	got, err := rooms(t, a, 0)
	if len(got) != 1 || fault.Of(err) != fault.RateLimited {
		t.Errorf("got %v, %v", got, err)
	}
}

// A caller that goes on after an error gets the same page again, if the error was a temporary one.
func TestListGoesOn(t *testing.T) {
	for status, want := range map[int]string{429: "a error error b", 503: "a error error b", 403: "a error", 400: "a error"} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			a := newAPI(t)
			a.on("GET /rooms?sortBy=lastactivity", page(a, "a", `<{api}/rooms?after=x>; rel="next"`))
			calls := 0
			a.on("GET /rooms?after=x", func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls <= 2 {
					answer(status, "")(w, r)
					return
				}
				page(a, "b")(w, r)
			})
			if got := all(t, a); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// One item that can't be read doesn't hide the others.
func TestListSkipsWhatItCantRead(t *testing.T) {
	a := newAPI(t).on("GET /rooms?sortBy=lastactivity", answer(http.StatusOK, `{"items":[{"id":"a"},{"id":7},"x",{"id":"b","created":"never"},{"id":"c"}]}`))
	if got := all(t, a); got != "a error error error c" {
		t.Errorf("got %s", got)
	}
}

// all goes through all rooms, going on after errors.
func all(t *testing.T, a *api) string {
	t.Helper()
	var got []string
	for r, err := range a.client().Rooms(t.Context()) {
		if err != nil {
			r.ID = "error"
		}
		got = append(got, r.ID)
	}
	return strings.Join(got, " ")
}
