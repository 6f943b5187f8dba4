package webex

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
)

// The transport of our own reads the proxy from the environment once a process, so a proxy is put
// into it here.
func TestProxyRefuses(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, tc := range []struct {
		name   string
		status int // 0: there is no proxy
		want   fault.Kind
		say    string
	}{
		{"wants a login", http.StatusProxyAuthRequired, fault.Denied, "requires a login"},
		{"forbids", http.StatusForbidden, fault.Unavailable, "status 403"},
		{"isn't there", 0, fault.Unavailable, "The proxy"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			address := gone.URL
			if tc.status != 0 {
				proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.status) }))
				defer proxy.Close()
				address = proxy.URL
			}
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			u.User = url.UserPassword("me", "hush")
			transport := newTransport()
			transport.Proxy = http.ProxyURL(u)
			defer transport.CloseIdleConnections()
			c, err := New(Options{BaseURL: "https://webexapis.invalid/v1", Token: secret.New("x"), Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Me(t.Context())
			if say, do := fault.Text(err); fault.Of(err) != tc.want || !strings.Contains(say, tc.say) || do == "" {
				t.Errorf("got %q: %v", fault.Of(err), err)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the proxy's password is in %v", err)
			}
		})
	}
}

func TestClip(t *testing.T) {
	fit := strings.Repeat("x", MaxTextBytes)
	for _, tc := range []struct {
		name, text, end string
	}{
		{"fits", fit, "xxx"},
		{"a byte too long", fit + "x", "xxx\n…"},
		{"characters of two bytes", strings.Repeat("é", MaxTextBytes), "é\n…"},
		{"characters of four bytes", "x" + strings.Repeat("🛰", MaxTextBytes), "🛰\n…"},
		{"in a fence", "```\n" + strings.Repeat("row\n", 3000), "\n```\n…"},
		{"in a long fence of tildes", "a\n  ~~~~ text\n```\n" + strings.Repeat("row\n", 3000), "\n~~~~\n…"},
		{"after a fence", "```\na\n```\n" + fit, "xxx\n…"},
		{"after a fence closed by a longer one", "```\na\n`````  \n" + fit, "xxx\n…"},
		{"in a fence that has a shorter one", "````\n```\n" + fit, "xxx\n````\n…"},
		{"in a fence with another beginning in it", "```\na\n```json\n" + fit, "xxx\n```\n…"},
		{"after a fence that is code", "    ```\n" + fit, "xxx\n…"},
		{"a fence longer than a message", strings.Repeat("`", 2*MaxTextBytes), "\n…"},
		{"bytes that are no characters", strings.Repeat("\x80", 2*MaxTextBytes), "\n…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := clip(tc.text)
			if len(got) > MaxTextBytes || !strings.HasSuffix(got, tc.end) {
				t.Errorf("got %d bytes that end in %q, want %q", len(got), got[max(0, len(got)-20):], tc.end)
			}
		})
	}
}

func FuzzClip(f *testing.F) {
	f.Add("```\n", "row é\n", uint16(2000))
	f.Add("~~~~ x\n", "`", uint16(8000))
	f.Fuzz(func(t *testing.T, head, body string, n uint16) {
		text := head + strings.Repeat(body, min(int(n), 20_000/max(1, len(body))))
		got := clip(text)
		switch {
		case len(text) <= MaxTextBytes && got != text:
			t.Error("what fits is changed")
		case len(got) > MaxTextBytes:
			t.Errorf("%d bytes", len(got))
		case utf8.ValidString(text) && !utf8.ValidString(got):
			t.Error("a character is cut")
		case len(text) > MaxTextBytes && closeFence(got) != "":
			t.Errorf("a fence stays open at the end of %q", got[max(0, len(got)-40):])
		}
	})
}

func FuzzReadQuestion(f *testing.F) {
	f.Add(`<p><spark-mention data-object-id="me">C++</spark-mention> vrf&nbsp;r1<br/>x</p>`, "", "", "me", "Bob")
	f.Add(`</spark-mention></blockquote><spark-mention><blockquote`, "", "", "", "")
	f.Add("", "C++ vrf @Bob r1", "", "me", "Bob")
	f.Add("", "", "> x\n<@personId:me|C++> **vrf** r1", "me", "")
	f.Fuzz(func(t *testing.T, html, text, markdown, id, name string) {
		q := readQuestion(Message{HTML: html, Text: text, Markdown: markdown, MentionedPeople: []string{id}}, Person{ID: id, DisplayName: "C++"})
		removeName(q.text, name)
		if html != "" && (q.text != strings.TrimSpace(q.text) || strings.Contains(q.text, "\n\n")) {
			t.Errorf("%q isn't tidy", q.text)
		}
	})
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://webexapis.com/v1/people?id=a,b>; rel="next", <x>; rel=first`)
	f.Add(`<x>; title="\",<y>; rel=next`)
	f.Fuzz(func(t *testing.T, line string) {
		if link := nextLink([]string{line}); !strings.Contains(line, "<"+link+">") && link != "" {
			t.Errorf("%q isn't in %q", link, line)
		}
	})
}
