package restconf_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
)

// picky is a device that gives only what is asked in its way. It records what it was asked: the media type and
// whether there were fields.
type picky struct {
	media  string
	fields int // the status for requests with fields, or 0 for a device that takes them
	down   bool
	asked  []string
}

func (p *picky) RoundTrip(r *http.Request) (*http.Response, error) {
	accept := r.Header.Get("Accept")
	asked := "rfc"
	if accept != yang {
		asked = "draft"
	}
	if r.URL.RawQuery != "" {
		asked += "+fields"
	}
	p.asked = append(p.asked, asked)
	switch {
	case p.down:
		return nil, errors.New("down")
	case accept != p.media:
		return answer(406, "", "")(r)
	case r.URL.RawQuery != "" && p.fields != 0:
		return answer(p.fields, yang, errorsBody("invalid-value", "fields"))(r)
	}
	return answer(200, p.media, `{"m:a":1}`)(r)
}

// What a device wants is found out once, for all keys of a resource, and forgotten when it may have changed.
func TestLearned(t *testing.T) {
	const draft = "application/yang.data+json"
	for name, c := range map[string]struct {
		device picky
		first  string // what it is asked first, and then
		then   string
	}{
		"takes all":                 {picky{media: yang}, "rfc+fields", "rfc+fields"},
		"refuses fields":            {picky{media: yang, fields: 400}, "rfc+fields rfc", "rfc"},
		"doesn't implement fields":  {picky{media: yang, fields: 501}, "rfc+fields rfc", "rfc"},
		"finds the URL too long":    {picky{media: yang, fields: 414}, "rfc+fields rfc", "rfc"},
		"older than the RFC":        {picky{media: draft}, "rfc+fields draft+fields", "draft+fields"},
		"older, and refuses fields": {picky{media: draft, fields: 400}, "rfc+fields draft+fields draft", "draft"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &c.device
				client := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return p, nil }})
				defer client.Close()
				expect := func(when, path, want string) {
					t.Helper()
					p.asked = nil
					if got, err := fetch(t, client, device(), path, "b;c"); err != nil || got != `{"m:a":1}` {
						t.Errorf("%s: got %q, %v", when, got, err)
					}
					if got := strings.Join(p.asked, " "); got != want {
						t.Errorf("%s: asked %s, want %s", when, got, want)
					}
				}
				expect("first", "m:a/b=Gi1%2F0%2F1", c.first)
				expect("then", "m:a/b=Gi1%2F0%2F1", c.then)
				expect("of another key", "m:a/b=Gi1%2F0%2F2", c.then)
				time.Sleep(time.Hour + time.Second) // of the bubble: this doesn't wait
				expect("an hour later", "m:a/b=1", c.first)
				p.down = true
				if _, err := fetch(t, client, device(), "m:a/b=1", "b;c"); err == nil {
					t.Error("a device that is down answers")
				}
				p.down = false
				expect("after it was down", "m:a/b=1", c.first)
				p.media, p.fields = yang, 0 // upgraded without anybody noticing
				p.asked = nil
				if _, err := fetch(t, client, device(), "m:other", "b;c"); err != nil || p.asked[len(p.asked)-1] != "rfc+fields" {
					t.Errorf("after an upgrade: %v, asked %v", err, p.asked)
				}
			})
		})
	}
}

// Only the resource that refused fields is asked without them.
func TestFieldsAreRefusedByResource(t *testing.T) {
	c, m := mocked(t)
	var asked []string
	m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, strings.TrimPrefix(r.URL.RequestURI(), "/restconf/data/"))
		if strings.Contains(r.URL.Path, "m:a") && r.URL.RawQuery != "" {
			return answer(400, yang, errorsBody("invalid-value", ""))(r)
		}
		return answer(200, yang, "{}")(r)
	})
	for _, path := range []string{"m:a", "m:b", "m:a", "m:b"} {
		if _, err := fetch(t, c, device(), path, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"m:a?fields=x", "m:a", "m:b?fields=x", "m:a", "m:b?fields=x"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
	other := device()
	other.Host = "r2.example"
	asked = nil
	if _, err := fetch(t, c, other, "m:a", "x"); err != nil || len(asked) != 2 {
		t.Errorf("another device: %v, asked %v", err, asked)
	}
	for i := range 1000 { // what is remembered is bounded: the first one is forgotten again
		if _, err := fetch(t, c, device(), fmt.Sprintf("m:a%d", i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	asked = nil
	if _, err := fetch(t, c, device(), "m:a", "x"); err != nil || len(asked) != 2 {
		t.Errorf("after a thousand others: %v, asked %v", err, asked)
	}
}

// A 404 without an error report isn't the root's fault where the device has just answered; some servers have
// nothing at the root itself.
func TestNothingThereButRESTCONFIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, m := mocked(t)
		m.RegisterResponder(http.MethodGet, "https://r1.example:443/restconf/data/m:a", answer(200, yang, "{}"))
		m.RegisterNoResponder(answer(404, "", ""))
		ask := func(path, root, want string) {
			t.Helper()
			d := device()
			d.Root = root
			say := ""
			if _, err := fetch(t, c, d, path, ""); err != nil {
				say, _ = fault.Text(err)
			}
			if say != want {
				t.Errorf("%s at %s: %q", path, root, say)
			}
		}
		ask("m:b", "", "r1 has no RESTCONF at /restconf.")
		ask("m:a", "", "")
		ask("m:b", "", "r1 returned no data for this query.")
		ask("m:a", "/rests", "r1 has no RESTCONF at /rests.") // another root proves nothing
		time.Sleep(2 * time.Minute)                           // of the bubble: this doesn't wait
		ask("m:b", "", "r1 has no RESTCONF at /restconf.")    // which may have been switched off
	})
}
